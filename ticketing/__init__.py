"""The tickets: their life from opening to closing, and the pages, commands and jobs that serve them."""
