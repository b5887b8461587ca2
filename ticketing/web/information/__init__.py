"""Pages that anybody may read: help for each role, legal notice, accessibility, personal data."""
