"""Read the headers of any message as plain text, whatever is wrong with them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.header import decode_header
from email.message import Message
from itertools import islice
from typing import Any

#: How many parts of a message are looked at, how many of its headers, how many of one name, and how much of each.
PARTS, HEADERS, VALUES, HEADER = 100, 1000, 50, 4000

_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"@\\]{1,64}@[^\s<>()\[\]:;,\"@\\]{1,255}")


def values(message: Message[Any, Any], name: str) -> list[str]:
    """Return every value of a header, decoded and on one line; a header that nothing can decode is given as it is."""
    wanted = name.lower()
    headers = islice(message.raw_items(), HEADERS)
    named = (value for key, value in headers if str(key).lower().strip() == wanted)
    return [_decoded(str(value)[:HEADER]) for value in islice(named, VALUES)]


def value(message: Message[Any, Any], name: str) -> str:
    """Return the first value of a header, or nothing."""
    return next(iter(values(message, name)), "")


def addresses(message: Message[Any, Any], name: str) -> list[str]:
    """Return the addresses that stand in a header, in lower case and in their order."""
    return [found.lower() for text in values(message, name) for found in addresses_in(text)]


def addresses_in(text: str) -> list[str]:
    """Return what looks like an address in a text, in its order."""
    if "@" not in text:
        return []
    return [found.strip("'.*") for found in _ADDRESS.findall(text)]


def parts(message: Message[Any, Any], *, inside: bool = False) -> Iterator[Message[Any, Any]]:
    """Yield a message and its parts in their order, at most `PARTS`; those of an attached message only if `inside`."""
    waiting = [message]
    for _ in range(PARTS):
        if not waiting:
            return
        part = waiting.pop()
        yield part
        held = payload(part)
        attached = part is not message and kind(part).startswith("message/")
        if isinstance(held, list) and (inside or not attached):
            waiting.extend(reversed([one for one in held[:PARTS] if isinstance(one, Message)]))


def payload(part: Message[Any, Any]) -> Any:
    """Return what a part holds, its text or the list of its parts; nothing where the library cannot decode its text.

    It fails on a charset whose name holds a NUL, for one.
    """
    try:
        return part.get_payload()
    except Exception:
        return ""


def kind(part: Message[Any, Any]) -> str:
    """Return the content type of a part in lower case, `text/plain` where it has none that can be read."""
    given = value(part, "Content-Type").split(";")[0].strip().lower()
    return given if given.count("/") == 1 else "text/plain"


def parameter(part: Message[Any, Any], name: str) -> str:
    """Return a parameter of a part's content type in lower case, or nothing."""
    found = re.search(rf";\s*{name}\s*=\s*\"?([^\";\s]+)", value(part, "Content-Type"), re.IGNORECASE)
    return found[1].lower() if found else ""


def text(part: Message[Any, Any], at_most: int) -> str:
    """Return the text of a part without parts, in its charset or as it can be read."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # whatever a broken transfer encoding makes of it
        content = None
    if not isinstance(content, bytes):
        held = payload(part)
        return held[:at_most] if isinstance(held, str) else ""
    charset = parameter(part, "charset") or "utf-8"
    for name in (charset, "utf-8"):
        try:
            return content[: at_most * 4].decode(name)[:at_most]
        except (LookupError, UnicodeError, ValueError):
            continue
    return content[:at_most].decode("latin-1")


def _decoded(raw: str) -> str:
    line = " ".join(raw.split())
    if "=?" not in line:
        return _restored(line)
    try:
        pieces = decode_header(line)
        return " ".join("".join(_piece(content, charset) for content, charset in pieces).split())
    except Exception:  # a header may be broken in more ways than the library names
        return line


def _piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return content.decode("latin-1")


def _restored(line: str) -> str:
    """Return a line whose bytes above ASCII were read as they are."""
    if not any("\udc80" <= letter <= "\udcff" for letter in line):
        return line
    content = line.encode("utf-8", "surrogateescape")
    return _piece(content, "utf-8")
