"""Replays: the tickets of a period are routed again by a draft of an agreement, without writing."""
