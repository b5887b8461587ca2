"""Find and read the signed text of an agreement in a folder: a text in UTF-8, or a PDF that has text.

How a PDF gives its words is handed in (`PdfText`), since it takes a process of its own, which the rules do not start.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matrix.model import Convention

#: The bytes of a text that are read at most.
TEXT_MAX = 600_000
#: Gives the words of a PDF, or raises `UnreadableText`.
PdfText = Callable[[Path], str]


class UnreadableText(ValueError):
    """Raised where a signed text is there and cannot be read; its only argument is a French sentence that says why."""


def names(convention: Convention) -> tuple[str, ...]:
    """Return the names that a text's file may have: `source`, else the agreement's id with « .txt » or « .pdf »."""
    return tuple(
        name
        for name in (convention.source, f"{convention.id}.txt", f"{convention.id}.pdf")
        if name and Path(name).name == name
    )


def find(folder: Path, convention: Convention) -> Path | None:
    """Return the file of an agreement's text in a folder, None where it has none there."""
    return next((folder / name for name in names(convention) if (folder / name).is_file()), None)


def read(path: Path, pdf_text: PdfText | None = None) -> str:
    """Return the text of a file. Raises `UnreadableText`."""
    try:
        if path.suffix.lower() == ".pdf":
            if pdf_text is None:
                raise UnreadableText("Ce texte est un PDF : laissez-en aussi la copie en texte (.txt).")
            return pdf_text(path)
        if path.stat().st_size > TEXT_MAX:
            raise UnreadableText(f"Ce texte est trop gros pour être lu ici (plus de {TEXT_MAX // 1000} ko).")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableText("Ce texte n’est pas en UTF-8 : enregistrez-le dans ce codage.") from None
    except OSError:
        raise UnreadableText("Ce fichier ne se lit pas : vérifiez que Guichet a le droit de l’ouvrir.") from None
