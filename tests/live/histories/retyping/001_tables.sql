CREATE TYPE state AS ENUM ('new', 'old');
CREATE TABLE bills (
    id int PRIMARY KEY,
    code varchar(10) DEFAULT 'x' UNIQUE,
    amount int DEFAULT 0 CHECK (amount >= 0),
    doubled int GENERATED ALWAYS AS (amount * 2) STORED,
    at timestamp DEFAULT now(),
    state text DEFAULT 'new',
    flags text[] DEFAULT '{}',
    price numeric(8, 2),
    ratio real,
    parent int REFERENCES bills
);
CREATE INDEX by_code ON bills (code varchar_pattern_ops) WHERE amount > 10;
CREATE INDEX by_lower ON bills (lower(code));
CREATE INDEX by_sum ON bills ((amount + 1));
CREATE TABLE other (id int, bill int REFERENCES bills (id), n smallint DEFAULT 1);
