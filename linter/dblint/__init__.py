"""dblint: a linter and migration gate that reads a database's whole migration history."""

__version__ = "0.1.0"
