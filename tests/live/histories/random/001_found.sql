CREATE FUNCTION half(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i / 2';
CREATE FUNCTION half(t text, i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i / 2';
CREATE TABLE halves (i int CHECK (half(i) > 0), j int CHECK (half('', j) > 0));
CREATE VIEW half_of_all AS SELECT half('', i) AS i FROM halves;
CREATE VIEW halved AS SELECT half(i) AS i FROM halves;
DROP FUNCTION half(int) CASCADE;

CREATE TABLE renumbered (i int, CONSTRAINT renumbered_i_key UNIQUE (i));
ALTER TABLE renumbered ADD UNIQUE (i), DROP CONSTRAINT renumbered_i_key;

CREATE TABLE parts (i int PRIMARY KEY) PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE users_of_parts (part int REFERENCES parts);
DROP TABLE part CASCADE;

CREATE TABLE source (x int, y text, CONSTRAINT positive CHECK (x > 0) NOT VALID);
CREATE TABLE below (x int DEFAULT 3, y text NOT NULL);
CREATE TABLE both_ways (LIKE source INCLUDING ALL) INHERITS (below);

CREATE TABLE secrets (owner int);
CREATE TABLE holders (owner int);
CREATE POLICY held ON holders USING (EXISTS (SELECT FROM secrets s WHERE s.owner = holders.owner));
ALTER TABLE secrets RENAME COLUMN owner TO keeper;
ALTER TABLE holders RENAME COLUMN owner TO holder;

CREATE SCHEMA passing;
SET search_path TO passing, public;
DROP SCHEMA passing;
CREATE TABLE in_public (i int);
RESET search_path;

CREATE DOMAIN brief AS int;
CREATE TABLE cut_by_domain (i brief) PARTITION BY LIST (i);
CREATE TABLE first_cut PARTITION OF cut_by_domain FOR VALUES IN (1);
DROP DOMAIN brief CASCADE;

CREATE TABLE out_of_reach (i int);
CREATE SCHEMA renamed;
SET search_path TO renamed;
ALTER SCHEMA renamed RENAME TO elsewhere;
DROP TABLE IF EXISTS out_of_reach;
RESET search_path;
