"""The words of a PDF that an operator laid in a folder, read in a process of its own (`pdf_text_process.py`).

Whatever is in the file, this process only gets words, or a sentence that says why there are none: the other one has
bounds of size, pages, time and memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from matrix.signed_text.reading import TEXT_MAX, UnreadableText
from ticketing.documents import pdf_text_process

PROCESS = Path(__file__).with_name("pdf_text_process.py")
#: The bytes of a PDF that are read at most, and the seconds that it may take.
PDF_MAX, SECONDS = 30_000_000, 20
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
    command = [sys.executable, "-I", str(PROCESS), str(path.resolve()), str(TEXT_MAX), str(SECONDS)]
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS + 5, check=False, env=kept)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UnreadableText(_ENDED) from None
    if done.returncode != 0:
        raise UnreadableText(_WHY.get(done.returncode, _ENDED))
    return done.stdout.decode("utf-8", "replace")
