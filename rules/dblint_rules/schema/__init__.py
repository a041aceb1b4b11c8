"""Keys, indexes and types."""
