"""Committee packs: what the committee of an agreement reads about a school year, made whole from facts."""
