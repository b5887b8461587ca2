"""The pages on which a call is taken: for which établissement, then the opening form with what to say aloud."""
