"""What an operator deals with: the server, logs, migrations, rate limits, maintenance."""
