CREATE SCHEMA sales;
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE DOMAIN email AS text CONSTRAINT email_shape CHECK (VALUE LIKE '%@%') NOT NULL DEFAULT 'nobody@example.org';
CREATE TABLE people (
    id bigserial PRIMARY KEY,
    name varchar(80) NOT NULL,
    mail email,
    mood mood DEFAULT 'calm',
    born date CHECK (born > '1900-01-01'),
    salary numeric(10, 2) DEFAULT 0.00,
    joined timestamptz NOT NULL DEFAULT now(),
    tags text[] DEFAULT '{}',
    UNIQUE (name, born)
);
CREATE TABLE sales.orders (
    id int GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL REFERENCES people ON DELETE CASCADE,
    quantity int NOT NULL DEFAULT 1 CONSTRAINT a_few CHECK (quantity > 0),
    price numeric NOT NULL,
    total numeric GENERATED ALWAYS AS (quantity * price) STORED,
    note character(12) COLLATE "C",
    PRIMARY KEY (id)
);
CREATE INDEX ON sales.orders (person_id, quantity DESC);
CREATE UNIQUE INDEX people_mail_key ON people (lower(mail::text) text_pattern_ops) WHERE mood <> 'busy';
CREATE INDEX ON people USING gin (tags);
CREATE INDEX ON people (lower(name));
