"""The October campaign (agreement, II.2): conducted, answered, followed by its dates, read."""
