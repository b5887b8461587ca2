"""Keys: their life cycle, one-time codes, the PIN, the stock and the suppliers’ files."""
