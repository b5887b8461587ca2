"""The steps that change what a ticket asks: its facts, its words, or whether it asks at all."""
