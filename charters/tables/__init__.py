"""The tables of access, keys, campaigns and personal data. No behaviour."""
