"""The words of a PDF that an operator laid in a folder, or that somebody sends, read in a process of its own.

Whatever is in the file, this process only gets words, or a sentence that says why there are none: the other one
(`pdf_text_process.py`) has bounds of size, pages, time and memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, BinaryIO

from matrix.signed_text.reading import TEXT_MAX, UnreadableText
from ticketing.documents import pdf_text_process

PROCESS = Path(__file__).with_name("pdf_text_process.py")
#: The bytes of a PDF that are read at most, and the seconds that it may take.
PDF_MAX, SECONDS = 30_000_000, 20
#: The same for the beginning of a PDF that comes with a form or a mail.
SENT_MAX, SENT_SECONDS = 25_000_000, 5
#: How many PDFs that somebody sends are read at once in a process of the web, and the bytes of memory of each: who
#: sends twenty at once takes the memory of two.
SENT_AT_ONCE, SENT_MEMORY = 2, 500_000_000
_sent = BoundedSemaphore(SENT_AT_ONCE)
_WHY = {
    pdf_text_process.UNREADABLE: "Ce PDF ne s’ouvre pas : le fichier est abîmé, ou n’en est pas un.",
    pdf_text_process.PROTECTED: "Ce PDF est protégé par un mot de passe : laissez-en une copie sans protection.",
    pdf_text_process.TOO_LONG: "Ce PDF a trop de pages ou trop de texte pour être lu ici.",
    pdf_text_process.NO_TEXT: "Ce PDF n’a pas de texte, seulement des images : laissez la copie en texte (.txt).",
}
_ENDED = "Ce PDF n’a pas pu être lu dans le temps et la mémoire permis : laissez la copie en texte (.txt)."


def pdf_text(path: Path) -> str:
    """Return the text of a PDF, page after page. Raises `UnreadableText`."""
    if path.stat().st_size > PDF_MAX:
        raise UnreadableText(f"Ce PDF est trop gros pour être lu ici (plus de {PDF_MAX // 1_000_000} Mo).")
    try:
        done = _read(str(path.resolve()), TEXT_MAX, SECONDS)
    except subprocess.TimeoutExpired:
        raise UnreadableText(_ENDED) from None
    if done.returncode != 0:
        raise UnreadableText(_WHY.get(done.returncode, _ENDED))
    return done.stdout.decode("utf-8", "replace")


def beginning(stream: BinaryIO, most: int) -> str:
    """Return at most `most` letters of what a PDF says, from its start; empty where it cannot be read in the bounds.

    Its turn is waited for as long as a PDF may take, and no longer.
    """
    stream.seek(0)
    content = stream.read(SENT_MAX + 1)
    if len(content) > SENT_MAX:
        return ""
    if not _sent.acquire(timeout=SENT_SECONDS):
        return ""
    try:
        done = _read("/dev/stdin", most, SENT_SECONDS, str(SENT_MEMORY), "beginning", content=content)
    except subprocess.TimeoutExpired:
        return ""
    finally:
        _sent.release()
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _read(
    path: str, most: int, seconds: int, *how: str, content: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the process that reads a PDF, without the secrets of the environment. Raises TimeoutExpired."""
    command = [sys.executable, "-I", str(PROCESS), path, str(most), str(seconds), *how]
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    given: dict[str, Any] = {"input": content} if content is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(  # noqa: S603
        command, capture_output=True, timeout=seconds + 5, check=False, env=kept, **given
    )
