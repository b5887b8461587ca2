"""Replays: the tickets of a period routed again by a draft of an agreement, without writing."""
