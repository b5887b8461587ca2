"""What lists of tickets need besides their rows: corrections of a search, people in charge."""
