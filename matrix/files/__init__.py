"""Load agreements from their TOML files. Every fault is reported at once, with its file, line and what was expected.

An agreement is a folder of TOML files: `convention.toml` (the whole), `clauses.toml` (places of the text), one file of
cells a version, `etablissements.toml`; and where the text has them `categories.toml`, `equipment.toml`,
`glossary.toml`, `contacts.toml`, `guidance.toml`, `networks.toml`, `fees.toml`, `obligations.toml`, `committees.toml`,
`claims.toml`. `docs/conventions.md` describes the grammar. A module here reads one of these files, or one subject of
`convention.toml`.
"""

from matrix.files.agreement import folders, load_convention
from matrix.files.shared import CALENDAR, SHIPPED, ConventionError, load_calendar, load_vocabulary

__all__ = ["CALENDAR", "SHIPPED", "ConventionError", "folders", "load_calendar", "load_convention", "load_vocabulary"]
