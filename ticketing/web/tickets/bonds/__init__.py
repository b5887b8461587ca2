"""What a ticket depends on, on its page."""
