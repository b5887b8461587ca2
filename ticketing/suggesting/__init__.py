"""What the tickets of this installation teach about words and services: counted at night, used where one types."""
