"""How an agreement changes: filled blank cells, drafts, approvals, golden tickets, what was known on a given day."""
