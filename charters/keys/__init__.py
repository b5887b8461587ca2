"""Keys: life cycle, one-time codes, PIN, stock and suppliers’ files."""
