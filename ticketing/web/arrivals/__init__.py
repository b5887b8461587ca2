"""The pages of the first day: people and établissements brought in from files, and the invitations."""
