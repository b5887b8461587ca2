"""The list of tickets, piece by piece: what its address asks for, its links, its rows, its words."""
