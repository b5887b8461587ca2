"""The rows of access, keys, campaigns and personal data. No behaviour."""
