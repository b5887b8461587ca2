"""Interruptions of service (annexe 6, 3.1): announced with what they affect, begun and ended."""
