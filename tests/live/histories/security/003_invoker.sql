-- needs PostgreSQL 15
CREATE VIEW invoked WITH (security_invoker = on) AS SELECT id FROM notes;
ALTER VIEW invoked SET (security_invoker = false, security_barrier);
ALTER VIEW invoked RESET (security_invoker);
CREATE UNLOGGED SEQUENCE quick;
