-- Names the server makes up, and what they collide with.
CREATE TABLE orders (
    id int PRIMARY KEY,
    code text UNIQUE,
    note text CHECK (note <> ''),
    amount int CHECK (amount > 0) CHECK (amount < 100),
    parent int REFERENCES orders,
    UNIQUE (code, note),
    CHECK (amount > 0 OR note IS NULL),
    FOREIGN KEY (parent) REFERENCES orders (id)
);
CREATE TABLE items_pkey (items_id_seq int);
CREATE TABLE items (id serial PRIMARY KEY, code text UNIQUE, CONSTRAINT items_code_check CHECK (code <> ''));
ALTER TABLE items ADD CHECK (length(code) < 10);
ALTER TABLE items ADD UNIQUE (code);
ALTER TABLE items ADD CONSTRAINT items_code_key2 UNIQUE (code);
ALTER TABLE items ADD UNIQUE (code);
CREATE INDEX ON items (code);
CREATE INDEX ON items (code);
CREATE INDEX ON items (lower(code));
CREATE INDEX ON items (lower(code), upper(code));
CREATE INDEX ON items ((code || 'x'), (code || 'y'));
CREATE INDEX ON items ((id + 1), id, code) INCLUDE (id);
CREATE INDEX ON items (coalesce(code, ''));
CREATE INDEX ON items ((code::varchar));
CREATE INDEX ON items ((CASE WHEN id > 1 THEN code END));
CREATE INDEX ON items (md5(code), md5(lower(code)), id);
CREATE UNIQUE INDEX ON items (id) WHERE id > 10;
CREATE TABLE notes (id serial, id_seq int, a int REFERENCES orders, b int REFERENCES orders (id));
ALTER TABLE notes ADD FOREIGN KEY (a) REFERENCES orders (id);
