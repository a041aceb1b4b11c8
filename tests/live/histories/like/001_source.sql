CREATE TABLE source (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL DEFAULT 'none' UNIQUE,
    amount numeric(10, 2) CONSTRAINT amount_positive CHECK (amount > 0),
    doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
    parent int REFERENCES source,
    number serial,
    CHECK (length(code) < 20),
    CONSTRAINT code_amount UNIQUE (code, amount) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE source IS 'The source';
COMMENT ON COLUMN source.code IS 'A code';
CREATE INDEX source_by_parent ON source (parent DESC NULLS LAST) WHERE parent IS NOT NULL;
CREATE UNIQUE INDEX ON source (lower(code)) INCLUDE (amount);
CREATE VIEW seen AS SELECT id, code, amount FROM source;
CREATE TYPE pair AS (one int, two text);
CREATE TABLE included (a int, b int, c int, UNIQUE (a) INCLUDE (b), PRIMARY KEY (b) INCLUDE (c));
CREATE INDEX ON included (a) INCLUDE (b);
ALTER TABLE included RENAME b TO bb;
CREATE TABLE included_copy (LIKE included INCLUDING ALL);
CREATE TABLE included_copy_again (LIKE included_copy INCLUDING ALL);
