"""The time of the parties: their opening hours, what they promise, who had a ticket and for how long."""
