CREATE TABLE t (id int, a int);
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'b') THEN
        ALTER TABLE t ADD COLUMN b int;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a') THEN
        ALTER TABLE t ADD COLUMN a text;
    ELSE
        ALTER TABLE t ALTER COLUMN a TYPE bigint;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conname = 't_nothing') THEN
        ALTER TABLE t DROP CONSTRAINT t_nothing;
    END IF;
END
$$;
DO $$ BEGIN
    CREATE TYPE flavour AS ENUM ('sweet', 'sour');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
    CREATE TYPE flavour AS ENUM ('other');
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
DO $$ BEGIN
    ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);
EXCEPTION WHEN duplicate_object THEN RAISE NOTICE 'there';
END $$;
DO $$ BEGIN
    ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 1);
EXCEPTION WHEN duplicate_object THEN RAISE NOTICE 'there';
END $$;
DO $$ BEGIN
    ALTER TABLE t ADD COLUMN b text;
EXCEPTION WHEN duplicate_column THEN NULL;
END $$;
DO $$ BEGIN
    CREATE TABLE t (other int);
EXCEPTION WHEN duplicate_table THEN NULL;
END $$;
DO $$ BEGIN
    CREATE INDEX t_a ON t (a);
    CREATE INDEX t_a ON t (b);
EXCEPTION WHEN OTHERS THEN NULL;
END $$;
