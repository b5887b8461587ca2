"""What is done to every answer before it leaves: security headers, compression."""
