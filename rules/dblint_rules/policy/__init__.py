"""What the team's own policy asks of migrations."""
