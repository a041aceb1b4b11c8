"""SQL Server's T-SQL: scripts to operations, and what those cost there."""
