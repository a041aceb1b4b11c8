"""What is said to dblint itself."""
