CREATE TYPE address AS (street text, zip varchar(5), number int);

ALTER TYPE address ADD ATTRIBUTE city text, DROP ATTRIBUTE zip, ALTER ATTRIBUTE number TYPE bigint;
ALTER TYPE address RENAME ATTRIBUTE number TO no;
ALTER TYPE address DROP ATTRIBUTE IF EXISTS zip;
ALTER TYPE address ADD ATTRIBUTE country text COLLATE "C";
CREATE TYPE spans AS RANGE (subtype = float8);
CREATE TABLE spanned (s spans, m int4multirange, t tstzrange);
CREATE TYPE nothing AS ();
CREATE TYPE shell;
DROP TYPE shell;
CREATE TABLE of_address OF address;
ALTER TYPE address ADD ATTRIBUTE more int CASCADE;
ALTER TYPE address RENAME ATTRIBUTE more TO most CASCADE;
ALTER TYPE address ALTER ATTRIBUTE most TYPE bigint CASCADE;
ALTER TYPE address DROP ATTRIBUTE most CASCADE;
CREATE TABLE houses (at address, past address[]);
