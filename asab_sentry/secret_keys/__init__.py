"""Names of secrets, and how they are found."""
