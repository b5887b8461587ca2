"""Incoming mail: what a message says, read without believing it. `correspondence` decides what follows from it."""
