"""The types of columns that several tables share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, String

ID = String(120)  # établissements and organisations
NAME = String(200)
#: Big keys on PostgreSQL; SQLite numbers rows by INTEGER keys only.
NUMBER = BigInteger().with_variant(Integer, "sqlite")
