"""Personal data: the inventory of columns, the export of a person's data, and what is erased and when."""
