"""The October campaign (agreement, II.2): opened and answered, followed by its dates, read."""
