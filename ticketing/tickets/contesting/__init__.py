"""Contests: the dispute between two sides about a ticket, what their référents say, the ruling and its precedents."""
