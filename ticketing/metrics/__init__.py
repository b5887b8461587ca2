"""Figures of operation for Prometheus: what each web process counts, and what waits or fails in the database."""
