"""The tickets: what happens to one from its opening to its end; the pages, commands and jobs around it."""
