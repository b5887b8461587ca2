"""Files attached to tickets: they are checked, stored outside everything that is served, and quarantined if need be."""
