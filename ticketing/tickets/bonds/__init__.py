"""What a ticket depends on: the ticket of which it is a duplicate, and who follows whom."""
