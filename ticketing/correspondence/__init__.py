"""Mails from people, taken in: who speaks, about which ticket, and the act that follows. It never believes a From."""
