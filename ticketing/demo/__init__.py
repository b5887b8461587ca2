"""Invented people, agreement and tickets, for the demonstration and the tests. Never loaded in service."""
