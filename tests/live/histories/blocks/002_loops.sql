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
DO $$
DECLARE
    last int := 3;
BEGIN
    FOR i IN 1..last LOOP
        EXECUTE format('CREATE TABLE numbered_%s (id int)', i);
        FOR j IN REVERSE 6..i BY 2 LOOP
            EXECUTE 'ALTER TABLE numbered_' || i || ' ADD COLUMN c' || j || ' int';
        END LOOP;
    END LOOP;
    FOR i IN 4..3 LOOP
        CREATE TABLE never (id int);
    END LOOP;
    FOR i IN 1..3 LOOP
        CREATE TABLE IF NOT EXISTS once (id int);
    END LOOP;
END
$$;
