ALTER TABLE shade ADD COLUMN in_public int;
CREATE TABLE other (z int);
CREATE TABLE short_lived (z int UNIQUE);
CREATE VIEW seen AS SELECT 2 AS two;
CREATE INDEX ON shade (id);
