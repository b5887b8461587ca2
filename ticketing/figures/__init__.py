"""The figures: computed each night from the histories of tickets, added up, and shown as tiles, charts and tables."""
