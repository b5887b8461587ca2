"""Pages of the obligations of agreements."""
