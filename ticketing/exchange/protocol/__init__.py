"""What two tools agree on, without a database: the message, its order, who is believed, what each tool is like."""
