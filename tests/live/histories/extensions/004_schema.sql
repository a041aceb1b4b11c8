CREATE SCHEMA more;
CREATE EXTENSION pg_trgm SCHEMA more;
CREATE INDEX by_trigram ON t USING gin (n more.gin_trgm_ops);
DROP SCHEMA more CASCADE;
DROP EXTENSION citext CASCADE;
