"""Pictures of figures besides bars and lines: matrix, calendar, backlog, lengths. Each has its table and its words."""
