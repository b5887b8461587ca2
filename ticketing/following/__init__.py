"""What people follow of a ticket beside its history: what each has seen, and what goes with it."""
