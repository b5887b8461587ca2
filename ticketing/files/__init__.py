"""Files attached to tickets: checked, kept outside everything that is served, quarantined."""
