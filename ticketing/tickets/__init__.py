"""One ticket from its opening to its end: the desk, its steps, its rows, lists, pages and search."""
