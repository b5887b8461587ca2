"""How mails leave: fenced leases, pace, mails made of notices, the last look at a perimeter, what failed."""
