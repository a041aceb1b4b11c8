CREATE TABLE in_public (id int);
SELECT set_config('search_path', 'one', false);
CREATE TABLE in_one (id serial);
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.qualified (id int DEFAULT nextval('one.in_one_id_seq'::regclass), at pg_catalog.text, n pg_catalog.int4);

BEGIN;
SET LOCAL search_path TO two, public;
CREATE TABLE in_two (id int);
COMMIT;

SET search_path TO 'one', "two";
CREATE TABLE in_one_too (id int);
SET search_path TO DEFAULT;
CREATE TABLE in_public_too (id int);
SET SCHEMA 'two';
CREATE TABLE in_two_too (id int);
