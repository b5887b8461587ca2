"""Presets (« modèles »): openings filled in beforehand, offered as one tap, and those that open by themselves."""
