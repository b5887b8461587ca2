"""Consulting tickets outside the assignment (annexe 6, 3): with a reason, in the journal, and reported every week."""
