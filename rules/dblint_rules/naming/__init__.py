"""The names of everything, and of files."""
