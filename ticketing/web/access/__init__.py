"""Pages of access: login by any method, signature of the charters, change of PIN and password."""
