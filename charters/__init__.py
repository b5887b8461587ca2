"""Who may: accounts, keys, charters, mandates, sessions, and the journal. Knows nothing of tickets but their scope."""
