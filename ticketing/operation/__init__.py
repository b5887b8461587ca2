"""What an operator meets: the server, logs, migrations, rate limits, maintenance."""
