"""What happened to each ticket, day by day, and its sums: what every figure of the question bar is read from."""
