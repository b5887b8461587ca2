"""Who may do what: accounts, keys, charters, mandates, sessions and the journal.

Of tickets this package knows only their scope (`model.Scope`).
"""
