"""People: accounts, mandates, movements of staff, sigles, legal holds, deletion of personal data (forgetting)."""
