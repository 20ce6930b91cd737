"""What the schema went through."""
