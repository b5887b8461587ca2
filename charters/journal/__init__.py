"""The journal: hash-chained lines, and how long they are kept."""
