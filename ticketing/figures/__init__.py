"""Figures: counted from the histories of tickets at night, added up, and shown as tiles, charts and tables."""
