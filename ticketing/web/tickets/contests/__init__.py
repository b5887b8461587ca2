"""Contests on the pages: the card of a ticket, what its entries say, the form of a référent and the lists."""
