"""Tickets opened for a caller by whoever takes the call."""
