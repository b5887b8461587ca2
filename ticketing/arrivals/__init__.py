"""Many people or établissements brought in at once, the invitations, and the list of the first day."""
