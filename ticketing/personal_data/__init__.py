"""Personal data: the inventory of columns, a person’s export, and what is erased and when."""
