CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE built (id serial PRIMARY KEY, word text);
    ALTER TABLE built ADD CHECK (word <> '');
    CREATE INDEX ON built (word);
END
$$;
SELECT build();
CREATE PROCEDURE extend() LANGUAGE sql AS 'ALTER TABLE built ADD COLUMN more int';
CALL extend();
DROP FUNCTION build();
CREATE FUNCTION drop_if() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_tables WHERE tablename = 'plain') THEN
        ALTER TABLE plain RENAME TO plainer;
    END IF;
END
$$;
SELECT drop_if();
SELECT drop_if();
DO $$ BEGIN PERFORM drop_if(); END $$;
