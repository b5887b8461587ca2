"""Addresses and message ids of headers, as claims: read whatever surrounds them. Pure."""

from __future__ import annotations

import re
import unicodedata

from ticketing.mail.incoming.mime import headers
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.model import clean_line

ADDRESSES_MAX, ADDRESS_MAX, IDS_MAX, ID_MAX = 200, 320, 100, 900
_NAME_MAX = 200
_ID = re.compile(rf"<([^<>\s]{{1,{ID_MAX}}})>")
_WORD = re.compile(r"(=\?[^?\s]{1,60}\?[qQ]\?)([^?]*)(\?=)")
#: What may stand beside an address that is not quoted; nothing else may, so that none is read out of another.
_SIGNS = r'\s<>()\[\]\\,;:"'
_ADDRESS = re.compile(
    rf"(?<![^{_SIGNS}])[^{_SIGNS}@]{{1,200}}@[^{_SIGNS}@]{{1,255}}(?![^{_SIGNS}])"
    r'|"[^"\\\r\n@]{1,200}"@[\w.-]{1,255}(?![\w.@-])'
)


def read(value: str, notes: Notes) -> list[tuple[str, str]]:
    """Return the mailboxes of a header as (name, address in lower case); groups, comments and rubbish are left out."""
    found = _split(value, notes)
    if not any(address for _, address in found) and "=?" in value:
        # Some programs encode the address with the name, which no standard allows.
        again = _split(headers.words(value, notes), notes)
        if any(address for _, address in again):
            notes.add("Une adresse est codée avec le nom, contre l’usage : elle est lue quand même.")
            found = again
    return [(name, address) for name, address in found if address][:ADDRESSES_MAX]


def _split(value: str, notes: Notes) -> list[tuple[str, str]]:
    return [_mailbox(one, notes) for one in _mailboxes(value)]


def _mailboxes(value: str) -> list[str]:
    """Return the pieces of a header between commas, semicolons and group names, outside quotes, angles, comments."""
    pieces: list[str] = []
    piece: list[str] = []
    quoted, angle, depth, escaped = False, False, 0, False
    for c in _WORD.sub(_guarded, value[: headers.VALUE_MAX]):
        if escaped:
            escaped = False
        elif c == "\\" and (quoted or depth):
            escaped = True
        elif quoted:
            quoted = c != '"'
        elif c == '"' and not depth:
            quoted = True
        elif c == "(" and not angle:
            depth += 1
        elif c == ")" and depth:
            depth -= 1
        elif not depth and c in "<>":
            angle = c == "<"
        elif not depth and not angle and c in ",;:":
            if c != ":":
                pieces.append("".join(piece))
            piece = []  # what stands before a colon is the name of a group
            continue
        piece.append(c)
    pieces.append("".join(piece))
    if len(pieces) == 1 and (quoted or depth or angle) and "," in value:  # a quote that never ends hides the rest
        return value.split(",")
    return pieces


def _guarded(word: re.Match[str]) -> str:
    """Return an encoded word whose signs cannot be taken for those of the header around it."""
    return word[1] + re.sub(r'[,;:<>()@"\\]', lambda sign: f"={ord(sign[0]):02X}", word[2]) + word[3]


def _mailbox(piece: str, notes: Notes) -> tuple[str, str]:
    """Return the name and the address of one mailbox; the address is empty where none can be read."""
    before, angle, inside = piece.rpartition("<")
    bare = re.sub(r"\([^()]*\)", " ", piece)
    if angle:
        route = inside.partition(">")[0].strip()
        found = _ADDRESS.fullmatch(route.rpartition(":")[2].strip()) or _ADDRESS.search(route)
    else:
        found = _ADDRESS.search(bare)
    if found is None:
        return "", ""
    if angle:
        name = before
    else:
        comment = re.search(r"\(([^()]*)\)", piece)  # « jean@college.example (Jean Dupont) », as old programs write
        name = comment[1] if comment else bare[: found.start()]
    return _name(name, notes), address(found[0], notes)


def _name(text: str, notes: Notes) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return headers.words(text, notes).strip("\"' ")[:_NAME_MAX]


def address(text: str, notes: Notes) -> str:
    """Return an address in lower case, or « » if it is too long or holds characters that cannot be seen.

    Nor may a character become a plain letter on the way (the sign of the kelvin, a « k »): another's address is not it.
    """
    given = text.strip().strip("<>")
    shown = unicodedata.normalize("NFC", given).lower()
    hides = any(unicodedata.category(c) == "Cf" for c in shown) or any(map(_becomes_plain, given))
    if len(shown) > ADDRESS_MAX or not shown.isprintable() or hides:
        notes.add("Une adresse est illisible : elle est laissée de côté.")
        return ""
    return shown.rstrip(".")


def _becomes_plain(sign: str) -> bool:
    return not sign.isascii() and unicodedata.normalize("NFC", sign).lower().isascii()


def ids(values: list[str]) -> tuple[str, ...]:
    """Return the message ids of these headers, each once, with their angle brackets; the first and the last if many."""
    found = list(dict.fromkeys(f"<{one}>" for value in values for one in _ID.findall(clean_line(value))))
    return tuple(found if len(found) <= IDS_MAX else [found[0], *found[1 - IDS_MAX :]])


def message_id(values: list[str], notes: Notes) -> str:
    """Return the id of a message with its angle brackets, which some programs forget, or « »."""
    found = ids(values)
    if found:
        return found[0]
    bare = next((word for value in values for word in clean_line(value).split()), "").strip("<>")
    if bare:
        notes.add("L’identifiant du message est mal écrit.")
    return f"<{bare[:ID_MAX]}>" if bare else ""
