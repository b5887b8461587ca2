"""People: accounts, mandates, movements of staff, sigles, legal holds, forgetting."""
