"""The tickets: what happens to a request from its opening to its end, and the pages, commands and jobs around it."""
