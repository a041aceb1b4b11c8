"""What queries in views, routines and statements do."""
