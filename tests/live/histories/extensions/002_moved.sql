ALTER EXTENSION citext SET SCHEMA public;
ALTER EXTENSION unaccent SET SCHEMA public;
ALTER TABLE t ADD COLUMN more citext DEFAULT unaccent('z');
