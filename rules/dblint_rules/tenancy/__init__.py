"""Tenant columns, row-level security, grants."""
