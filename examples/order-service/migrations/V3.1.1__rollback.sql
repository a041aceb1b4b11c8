-- Nothing to undo: a proven constraint stays proven.
SELECT 1;
