"""Reading outside one’s assignment (annexe 6, 3): with a reason, journalled, and reported."""
