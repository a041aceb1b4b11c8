CREATE TABLE people (
    id serial PRIMARY KEY,
    name text NOT NULL CHECK (name <> ''),
    mail text UNIQUE,
    age int CHECK (age > 0 AND age < 150),
    born int GENERATED ALWAYS AS (2000 - age) STORED,
    boss int REFERENCES people (id)
);
CREATE INDEX ON people (lower(name), age DESC) INCLUDE (mail) WHERE age > 17 AND name IS NOT NULL;
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
CREATE POLICY adults ON people FOR SELECT USING (people.age > 17);
CREATE POLICY named ON people WITH CHECK (name = current_user);
CREATE VIEW grown AS SELECT id, name AS called, p.age FROM people p WHERE p.age > 17;
CREATE VIEW grown_names AS SELECT called FROM grown;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n, max(age) FROM people;
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER on_age BEFORE UPDATE OF age ON people FOR EACH ROW WHEN (NEW.age <> OLD.age) EXECUTE FUNCTION touched();
CREATE TABLE houses (id int PRIMARY KEY, person int REFERENCES people, mail text REFERENCES people (mail) ON UPDATE CASCADE);
