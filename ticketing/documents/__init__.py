"""Files that people download: tables for spreadsheets and tagged PDFs. This room imports no other room."""
