"""The other party's tool: its profile, the messages exchanged with it, their order, and the reconciliation."""
