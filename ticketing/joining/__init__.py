"""« Déjà signalé ? »: tickets that look like what is being typed, and joining one instead of opening another."""
