"""Charters: their versions, who must sign, signatures and their register."""
