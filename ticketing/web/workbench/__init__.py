"""Pages of what people keep for their daily work."""
