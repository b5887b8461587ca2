"""Invented people, agreement and tickets for the demonstration and the tests. They are never loaded in service."""
