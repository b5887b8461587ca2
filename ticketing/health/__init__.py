"""What an installation's operator should know: each thing checked, how it stands, and what to do about it."""
