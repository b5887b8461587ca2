"""Pages of people: accounts, keys, movements, the October campaign, charters and registers."""
