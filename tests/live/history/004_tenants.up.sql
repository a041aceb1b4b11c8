BEGIN;
ALTER TABLE people ADD COLUMN tenant text NOT NULL DEFAULT current_setting('app.tenant', true);
ALTER TABLE people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON people USING (tenant = current_setting('app.tenant'));
CREATE POLICY write ON people AS RESTRICTIVE FOR INSERT TO clerk WITH CHECK (tenant = current_setting('app.tenant'));
CREATE FUNCTION age(person people, OUT years int) LANGUAGE sql STABLE AS
    'SELECT extract(year FROM age(person.birthday))::int';
CREATE PROCEDURE tidy(days integer DEFAULT 30) LANGUAGE sql AS 'DELETE FROM events WHERE at < now() - days * interval ''1 day''';
COMMIT;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'people' AND column_name = 'nick') THEN
        ALTER TABLE people ADD COLUMN nick text UNIQUE;
    END IF;
END
$$;
DROP VIEW busy;
