"""The command `guichet`: each module holds one group of commands."""
