"""The clauses, one family a file. Importing a family registers its clauses."""
