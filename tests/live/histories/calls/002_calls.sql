CREATE TABLE people (id int PRIMARY KEY, name text);
CREATE TABLE app.orders (id int PRIMARY KEY);
CREATE TABLE app.items (id int PRIMARY KEY, version int);
CREATE TABLE app.guests (id int PRIMARY KEY);

SELECT stamp('app', 'orders');
SELECT stamp('app', 'items');
SELECT stamp(name => 'guests', place => 'app', created => false);
CALL raise('people', 'int');
CALL raise('people', 'text');

DO $$
BEGIN
    PERFORM allow('readers', 'people', 'SELECT', 'id > 0');
    PERFORM allow('writers', 'people', 'insert', 'true');
    PERFORM allow('everybody', 'people');
    PERFORM allow('', 'people');
END
$$;
SELECT allow('readers', 'people', 'select', 'name IS NOT NULL');
