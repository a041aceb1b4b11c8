ALTER TABLE with_all RENAME COLUMN code TO label;
ALTER TABLE with_all DROP COLUMN amount CASCADE;
ALTER TABLE with_indexes DROP CONSTRAINT with_indexes_code_key;
ALTER TABLE with_constraints DROP CONSTRAINT amount_positive;
ALTER TABLE with_identity ALTER COLUMN id DROP IDENTITY;
CREATE TABLE copy_of_copy (LIKE with_all INCLUDING ALL);
CREATE TABLE mixed (LIKE plain INCLUDING ALL, extra serial, CHECK (extra > 0));
CREATE TABLE source_id_seq1 (LIKE mixed);
