CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION btree_gist;
CREATE EXTENSION unaccent SCHEMA ext;
CREATE EXTENSION earthdistance CASCADE;
SET search_path TO public, ext;
CREATE TABLE t (
    e citext, h hstore DEFAULT '', p ltree, n text DEFAULT unaccent('x'), c cube, i int, ce citext[],
    CHECK (similarity(n, 'x') > 0.5)
);
CREATE INDEX by_trigram ON t USING gin (n gin_trgm_ops);
CREATE INDEX by_mail ON t (e);
CREATE INDEX by_path ON t USING gist (p);
CREATE INDEX by_number ON t USING gist (i);
CREATE INDEX by_likeness ON t (similarity(n, 'x'));
CREATE VIEW v AS SELECT similarity(n, 'a') AS s, e, h -> 'a' AS ha FROM t;
CREATE TABLE made AS
    SELECT similarity(n, 'a') AS s, unaccent(n) AS u, hstore('a', 'b') AS h, nlevel(p) AS l, subpath(p, 1) AS sp, e,
        cube_dim(c) AS d, akeys(h) AS k, array_agg(e) OVER () AS ae
    FROM t;
CREATE FUNCTION f(a citext) RETURNS hstore LANGUAGE sql AS 'SELECT NULL::hstore';
CREATE DOMAIN mail AS citext CHECK (length(VALUE::text) > 3);
CREATE TABLE d (m mail, x text, y int, EXCLUDE USING gist (y WITH =, x WITH =));
CREATE VIEW likenesses AS SELECT * FROM show_trgm('a') AS found;
RESET search_path;
CREATE TABLE qualified (e ext.citext, n text DEFAULT ext.unaccent('y'));
