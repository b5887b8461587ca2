"""Logging in by each way, sessions, forgotten secrets, re-authentication."""
