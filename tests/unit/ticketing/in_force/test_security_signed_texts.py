"""A text that takes long to read is read once, however many pages ask for it at that moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest

from ticketing.in_force import signed_texts


def test_security_pages_that_come_together_take_a_pdf_apart_once(monkeypatch: Any, tmp_path: Path) -> None:
    """A PDF may take twenty seconds and 1.5 GB in its process: eight pages at once began eight of them."""
    read: list[Path] = []
    together = Barrier(8)

    def slow(path: Path, _pdf_text: Any) -> str:
        read.append(path)
        Event().wait(0.05)
        raise signed_texts.UnreadableText("Ce PDF ne s’ouvre pas.")

    def ask(_: int) -> None:
        together.wait(60)
        with pytest.raises(signed_texts.UnreadableText, match="ne s’ouvre pas"):
            signed_texts.beside({}, "hautes-pyrenees-2015")  # type: ignore[arg-type]

    monkeypatch.setattr(signed_texts.reading, "read", slow)
    monkeypatch.setattr(signed_texts, "_file", lambda *_: (tmp_path, ("accord.pdf", 1, 1)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert read == [tmp_path / "accord.pdf"]
