"""What the program does to tickets by itself when a time has come, for the scheduler."""
