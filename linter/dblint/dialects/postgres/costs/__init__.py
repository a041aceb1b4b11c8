"""The reasoning behind the lock table, by what is changed."""
