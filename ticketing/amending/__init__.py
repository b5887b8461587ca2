"""How an agreement changes: blank cells filled in, drafts, approvals, golden tickets, what was known on a day."""
