CREATE SCHEMA app;

CREATE FUNCTION stamp(place text, name text, created boolean DEFAULT true, owner text DEFAULT 'people') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    command text;
BEGIN
    IF created THEN
        command := concat('ALTER TABLE ', place, '.', name, ' ADD COLUMN IF NOT EXISTS created_by int REFERENCES ',
                          quote_ident(owner), ' (id), ADD COLUMN created_at timestamptz NOT NULL DEFAULT now()');
        EXECUTE command;
        command := format('CREATE INDEX IF NOT EXISTS %I ON %I.%I (created_by)', name || '_maker', place, name);
        EXECUTE command;
    ELSE
        EXECUTE 'ALTER TABLE ' || place || '.' || name || ' ADD COLUMN anonymous boolean';
    END IF;
    IF NOT EXISTS (SELECT FROM information_schema.columns
                   WHERE table_schema = place AND table_name = name AND column_name = 'version') THEN
        EXECUTE format('ALTER TABLE %I.%I ADD COLUMN version int DEFAULT %L', place, name, 1);
    END IF;
END
$$;

CREATE FUNCTION allow(rule text, name text, command text, condition text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    head text;
BEGIN
    IF (SELECT true FROM pg_policies WHERE policyname = rule AND tablename = name) THEN
        head := 'ALTER POLICY ' || quote_ident(rule) || ' ON ' || quote_ident(name);
    ELSE
        head := 'CREATE POLICY ' || quote_ident(rule) || ' ON ' || quote_ident(name) || ' FOR ' || command;
    END IF;
    CASE
        WHEN lower(command) = 'select' THEN
            EXECUTE format(head || ' USING (' || condition || ')');
        ELSE
            EXECUTE format(head || ' WITH CHECK (' || condition || ')');
    END CASE;
END
$$;
CREATE FUNCTION allow(rule text, name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF rule = '' THEN
        RETURN;
    END IF;
    EXECUTE 'CREATE POLICY ' || rule || ' ON ' || name;
    PERFORM rule;
END
$$;

CREATE PROCEDURE raise(name text, kind text) LANGUAGE plpgsql AS $$
DECLARE
    number int := 0;
    target text := name;
BEGIN
    target := target || '_' || kind;
    EXECUTE 'ALTER TABLE ' || name || ' ADD COLUMN ' || target || ' ' || kind;
    SELECT 1 INTO number;
    RETURN;
    EXECUTE 'DROP TABLE ' || name;
END
$$;
