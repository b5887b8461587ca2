"""Access: accounts, keys, charters, mandates, sessions, permissions and the journal.

This package knows nothing of tickets but their scope (`model.Scope`).
"""
