"""Pages of access: login and the other ways in, charters signed, one’s own secrets."""
