"""Pages of tickets: the queue, opening, one ticket and its steps."""
