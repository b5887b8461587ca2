"""Pages of agreements: « Qui fait quoi », posters, comparisons, blank cells, drafts, replays, sheets."""
