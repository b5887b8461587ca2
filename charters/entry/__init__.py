"""Entering: login with a key, FIDO2 or a password, sessions, forgotten secrets, re-authentication."""
