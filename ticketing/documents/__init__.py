"""Files that people take away: tables for spreadsheets and tagged PDFs. This room imports no other room."""
