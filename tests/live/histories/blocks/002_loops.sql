DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['x', 'y', 'z'] LOOP
        EXECUTE format('ALTER TABLE t ADD COLUMN %I int', name);
    END LOOP;
END
$$;
DO $$
DECLARE
    word text;
BEGIN
    FOREACH word IN ARRAY ARRAY['1', '2', '3'] LOOP
        EXECUTE format('CREATE TABLE part_%s (id int)', word);
    END LOOP;
    EXECUTE 'CREATE TABLE plain (id serial PRIMARY KEY)';
    EXECUTE 'ALTER TABLE plain ADD COLUMN note text UNIQUE';
    PERFORM 1;
END
$$;
