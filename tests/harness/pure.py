"""Find the modules that must be pure: those whose docstring contains the word « Pure »."""

from __future__ import annotations

import ast
import re


def says_pure(text: str) -> bool:
    """Whether the docstring of a module, given as its source, holds the word « Pure »."""
    if "Pure" not in text:  # parsing every module takes a second
        return False
    return re.search(r"\bPure\b", ast.get_docstring(ast.parse(text)) or "") is not None
