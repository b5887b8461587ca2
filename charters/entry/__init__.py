"""Logging in by each method, sessions, forgotten PINs and passwords, re-authentication."""
