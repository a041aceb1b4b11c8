"""What will fail, or cannot be retried or rolled back."""
