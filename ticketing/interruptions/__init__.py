"""Interruptions of service (annexe 6, 3.1): they are announced with what they affect, begun and ended."""
