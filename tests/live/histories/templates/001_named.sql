CREATE SCHEMA {{ .Schema }};
CREATE TABLE {{ .Schema }}.t (a int, b int);
CREATE INDEX one ON {{ .Schema }}.t (a);
DO $$
BEGIN
    IF (SELECT count(*) = 2 FROM pg_indexes WHERE indexname IN ('one', 'two') AND schemaname = '{{ .Schema }}') THEN
        EXECUTE 'DROP INDEX {{ .Schema }}.one';
    END IF;
    IF EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'one' AND schemaname = '{{ .Schema }}') THEN
        EXECUTE 'ALTER INDEX {{ .Schema }}.one RENAME TO two';
    END IF;
    IF (SELECT count(*) FROM information_schema.columns
        WHERE table_schema = '{{ .Schema }}' AND column_name IN ('a', 'b') AND table_name = 't') = 2 THEN
        ALTER TABLE {{ .Schema }}.t RENAME COLUMN b TO c;
    END IF;
END
$$;
