"""The work of `guichet suggest`: texts in, one a line, suggestions out, in constant memory and without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from matrix.suggestions.compiled import Lexicon
from matrix.suggestions.suggest import suggest

_dumps = json.JSONEncoder(ensure_ascii=False).encode


def suggest_stream(lines: Iterable[bytes], out: BinaryIO, lexicon: Lexicon, limit: int) -> int:
    """Answer each line of JSON (`id`, `text`) with one line, in order; return 1 if a line could not be read, else 0.

    Each answer is sent before the next line is awaited. A faulty line is answered by a sentence under `error`.
    """
    refused = 0
    for line in lines:
        if not line.strip():
            continue
        answer = _answer(line, lexicon, limit)
        refused |= "error" in answer
        # A lone surrogate, which JSON may hold and UTF-8 may not, is written as the escape that JSON has for it.
        out.write(_dumps(answer).encode("utf-8", "backslashreplace") + b"\n")
        out.flush()
    return int(refused)


def _answer(line: bytes, lexicon: Lexicon, limit: int) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):  # ValueError: also what is no UTF-8
        return {"id": None, "error": "Cette ligne n’est pas du JSON."}
    if not isinstance(asked, dict):
        return {"id": None, "error": "Cette ligne n’est pas un objet."}
    text = asked.get("text")
    if not isinstance(text, str):
        return {"id": asked.get("id"), "error": "« text » manque, ou n’est pas un texte."}
    found = suggest(text, lexicon=lexicon, limit=limit)
    shown = [
        {"service": one.service, "activity": one.activity, "score": one.score, "words": list(one.words)}
        for one in found
    ]
    return {"id": asked.get("id"), "suggestions": shown}
