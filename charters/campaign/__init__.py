"""The October campaign (agreement, II.2): opening, answers, daily follow-up, lists."""
