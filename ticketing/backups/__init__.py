"""A whole installation written to one file and brought back from it: every row of every table, and every file."""
