"""The command `guichet`: one module a group of commands."""
