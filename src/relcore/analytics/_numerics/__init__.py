"""Mathematics that several models share, each in a file of its own name."""
