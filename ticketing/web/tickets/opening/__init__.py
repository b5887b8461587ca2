"""The opening page: what is typed, the decision as it forms, what is known already, and the ticket that is sent."""
