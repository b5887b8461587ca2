"""Pages and forms under several mandates: what was opened under one is never done under another in silence."""
