CREATE TABLE elsewhere (id int PRIMARY KEY);
CREATE TABLE o (other int);
CREATE SCHEMA made
  CREATE VIEW v AS SELECT t.*, o.note AS other FROM t JOIN o USING (note)
  CREATE INDEX ON t (note)
  CREATE TABLE o (note text PRIMARY KEY)
  CREATE TABLE t (id int PRIMARY KEY DEFAULT 1, note text REFERENCES o, up int REFERENCES t, out int REFERENCES elsewhere)
  CREATE VIEW w (a) AS SELECT v.id FROM v, public.o
  CREATE SEQUENCE s
  CREATE TABLE again (LIKE t INCLUDING ALL) INHERITS (o);
CREATE SCHEMA more CREATE TABLE more.more (a serial) CREATE TABLE "Odd" (a int CHECK (a > 0));
CREATE SCHEMA dropping CREATE TABLE t (a int) CREATE VIEW v AS SELECT a FROM t;
ALTER TABLE dropping.t RENAME COLUMN a TO b;
DROP TABLE dropping.t CASCADE;
