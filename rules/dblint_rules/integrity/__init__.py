"""What is lost or left unproven."""
