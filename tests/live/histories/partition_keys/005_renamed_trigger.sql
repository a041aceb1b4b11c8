-- needs PostgreSQL 15
ALTER TRIGGER rows ON logs RENAME TO all_rows;
