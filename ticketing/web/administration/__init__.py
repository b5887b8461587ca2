"""Pages of administration: journal, consultation, interruptions, figures, personal data, quarantine."""
