"""Facts taken out for other tools, without a name or a ticket's number: CSV or Parquet, with their dictionary."""
