"""The search of tickets: what of a text is indexed, what a search asks of the index, and the index itself."""
