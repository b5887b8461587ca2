"""Two states of an agreement put side by side: cells compared, one tried in the place of another, requests replayed."""
