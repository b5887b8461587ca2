"""What a request may wait for, and what is asked again after: its body, a write's lock, the reader of a file."""
