"""Plain text of a message: line ends, flowed paragraphs, characters that nobody sees. Pure."""

from __future__ import annotations

import re

from ticketing.mail.incoming.mime.notes import Notes
from ticketing.model import clean_text

#: Characters that say in which direction to write: they hide what a line says.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\ufeff\u00ad\u034f\u2060"))
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")
_PLACE = re.compile(r"\[(?:cid|image) ?: ?([^\[\]\r\n]{1,200})\]")
#: What a program writes for those who do not read HTML.
_STUB = re.compile(
    r"(?:client|logiciel|lecteur|messagerie|programme|navigateur|application)\b.{0,60}\b"
    r"(?:ne |n.)(?:supporte|prend|lit|peut|permet|gère|sait|affiche|accepte).{0,60}\bHTML\b"
    r"|(?:format|version|message|contenu|affich\w+)\b.{0,30}\bHTML\b"
    r"|mail (?:client|reader|program)\b.{0,60}\b(?:does not|doesn.t|cannot|can.t|not able).{0,60}\bHTML\b"
    r"|(?:requires?|in|an|view\w*)\b.{0,30}\bHTML\b|multi-part message in MIME format|HTML[- ]only",
    re.IGNORECASE | re.DOTALL,
)
_STUB_MAX = 400


def clean(text: str, notes: Notes) -> str:
    """Return a text with LF line ends and no character that hides another, blank lines at most one in a row."""
    if _DIRECTIONS.search(text):
        notes.add("Des caractères qui renversent le sens de lecture sont retirés.")
    text = _LINE_ENDS.sub("\n", text).translate(_UNSEEN)
    lines = (line.rstrip() if line != "-- " else line for line in clean_text(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def flowed(text: str, *, delete_space: bool) -> str:
    """Return a text of format=flowed with each paragraph on one line, quotes kept (RFC 3676)."""
    paragraphs: list[tuple[int, list[str]]] = []
    goes_on = False
    for line in _LINE_ENDS.sub("\n", text).split("\n"):
        words = line.lstrip(">")
        depth = len(line) - len(words)
        words = words.removeprefix(" ")
        signature = words == "-- "
        soft = words.endswith(" ") and not signature
        kept = words[:-1] if soft and delete_space else words
        if goes_on and paragraphs[-1][0] == depth and not signature:
            paragraphs[-1][1].append(kept)
        else:
            paragraphs.append((depth, [kept]))
        goes_on = soft
    return "\n".join(f"{'>' * depth} {''.join(words)}" if depth else "".join(words) for depth, words in paragraphs)


def is_stub(text: str) -> bool:
    """Whether a text says nothing but that the message is in HTML, or says nothing at all."""
    words = text.strip()
    return len(words) < 2 or (len(words) <= _STUB_MAX and _STUB.search(words) is not None)


def with_places(text: str, names: dict[str, str], images: set[str]) -> tuple[str, set[str]]:
    """Return a text whose marks of images (« [cid:…] », « [image: …] ») name their files, and the files so named.

    `names` gives the name of a file by its Content-ID; `images` are the names of the message's images.
    """
    placed: set[str] = set()

    def place(found: re.Match[str]) -> str:
        said = found[1].strip()
        name = names.get(said.lower()) or (said if said in images else "")
        if not name:
            return found[0]
        placed.add(name)
        return f"[image : {name}]"

    return _PLACE.sub(place, text), placed
