"""Figures: histories folded into facts at night, facts added up, charts drawn from them."""
