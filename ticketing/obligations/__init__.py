"""The obligations of agreements as their parties keep them: their calendar, and what each states of its own."""
