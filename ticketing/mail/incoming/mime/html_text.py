"""A page of HTML told as plain text: paragraphs, lists, tables, links, quotes and the places of images. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import nh3

from ticketing.mail.incoming.mime import html_reducing
from ticketing.mail.incoming.mime.notes import Notes

_TAGS = {
    "a", "p", "div", "br", "hr", "img", "table", "caption", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd",
    "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "ftp"}
_BLOCKS = frozenset({"div", "dt", "dd", "caption", "tr"})
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_LINK_MAX = 500
RULE = "_" * 32  # what Outlook writes where it draws a line above the message that it answers


@dataclass(slots=True)
class _Frame:
    """What is being written: the whole text, a quote, an item or a cell. `cells` are those of a table's open row."""

    kind: str
    lines: list[str] = field(default_factory=list)
    line: str = ""
    rows: list[list[list[str]]] = field(default_factory=list)
    number: int = 0  # of the next item of a numbered list; 0 in a list of points
    pre: int = 0

    def end_line(self) -> None:
        text = self.line.rstrip() if self.pre else self.line.strip(" \xa0")
        if text:
            self.lines.append(text)
        self.line = ""

    def space(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1]:
            self.lines.append("")


class _Writer(HTMLParser):
    def __init__(self, names: dict[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.names = names
        self.placed: set[str] = set()
        self.frames = [_Frame("page")]
        self.links: list[tuple[str, int]] = []

    @property
    def top(self) -> _Frame:
        return self.frames[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        if tag == "br":
            self._line_break()
        elif tag == "hr":
            self.top.space()
            self.top.lines.append(RULE)
        elif tag == "img":
            self._image(said)
        elif tag == "a":
            self.links.append((said.get("href", ""), len(self.top.line)))
        elif tag in ("ul", "ol"):
            self.top.end_line()
            start = said.get("start", "")
            number = int(start) if start.isdecimal() and len(start) < 6 else 1
            self.frames.append(_Frame("list", number=number if tag == "ol" else 0))
        elif tag in ("li", "td", "th", "blockquote", "table"):
            self.top.space() if tag == "blockquote" else self.top.end_line()
            self.frames.append(_Frame(tag))
        elif tag == "tr":
            self.top.rows.append([])
        elif tag == "pre":
            self.top.space()
            self.top.pre += 1
        elif tag in _PARAGRAPHS:
            self.top.space()
        elif tag in _BLOCKS:
            self.top.end_line()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag == "pre":
            self.top.space()
            self.top.pre = max(0, self.top.pre - 1)
        elif tag in _PARAGRAPHS:
            self.top.space()
        elif tag in ("ul", "ol"):
            self._close("list")
        elif tag in ("li", "td", "th", "blockquote", "table"):
            self._close(tag)
        elif tag in _BLOCKS:
            self.top.end_line()

    def handle_data(self, data: str) -> None:
        if self.top.pre:
            first, *others = data.split("\n")
            self.top.line += first
            for line in others:
                self._line_break()
                self.top.line = line
            return
        words = _BLANKS.sub(" ", data)
        self.top.line += words.lstrip(" ") if self.top.line.endswith(" ") or not self.top.line else words

    def _line_break(self) -> None:
        if self.top.line.strip(" \xa0"):
            self.top.lines.append(self.top.line.rstrip() if self.top.pre else self.top.line.strip(" \xa0"))
        elif self.top.lines:
            self.top.lines.append("")
        self.top.line = ""

    def _image(self, said: dict[str, str]) -> None:
        source, alt = said.get("src", ""), " ".join(said.get("alt", "").split())[:200]
        name = self.names.get(source[4:].strip("<> ").lower()) if source.lower().startswith("cid:") else alt
        if name:
            self.placed.add(name)
            self.top.line += f"[image : {name}]"

    def _end_link(self) -> None:
        if not self.links:
            return
        address, start = self.links.pop()
        address = shown_address(address)
        text = self.top.line[start:].strip()
        bare = re.sub(r"^(?:mailto:|tel:|https?://)", "", address).rstrip("/").lower()
        if not bare or bare in (text.lower().rstrip("/"), re.sub(r"^https?://", "", text.lower()).rstrip("/")):
            return
        if bare.startswith("#") or (address.startswith("tel:") and any(c.isdigit() for c in text)):
            return
        self.top.line += f" ({address.removeprefix('mailto:')})" if text else f"{address.removeprefix('mailto:')}"

    def _close(self, kind: str) -> None:
        """End what is written of this kind; nh3 leaves tags balanced, so that it is on the top."""
        if len(self.frames) > 1 and self.top.kind == kind:
            self.top.end_line()
            done = self.frames.pop()
            while done.lines and not done.lines[-1]:
                done.lines.pop()
            self._take(done)

    def _take(self, done: _Frame) -> None:
        top = self.top
        if done.kind == "blockquote":
            top.lines += [f"> {line}" if line[:1] != ">" else f">{line}" for line in done.lines]
            top.lines.append("")
        elif done.kind == "list":
            top.lines += done.lines
            if top.kind == "page":
                top.lines.append("")
        elif done.kind == "li":
            mark = f"{top.number}. " if top.number else "- "
            top.number += bool(top.number)
            first, *others = done.lines or [""]
            top.lines += [mark + first, *(" " * len(mark) + line for line in others if line)]
        elif done.kind in ("td", "th"):
            if not top.rows:
                top.rows.append([])
            top.rows[-1].append(done.lines)
        else:
            top.lines += [*done.lines, *_table(done.rows), ""]

    def finish(self) -> str:
        while len(self.frames) > 1:
            self._close(self.top.kind)
        self.top.end_line()
        return "\n".join(self.top.lines)


def _table(rows: list[list[list[str]]]) -> list[str]:
    """Return the lines of a table: its cells beside each other, or under each other where it only lays out a page."""
    found: list[str] = []
    for row in rows:
        cells = [cell for cell in row if any(cell)]
        if len(cells) > 1 and all(len(cell) == 1 for cell in row if cell):
            found.append(" | ".join(cell[0] if cell else "" for cell in row).rstrip(" |"))
        else:
            for cell in cells:
                found += cell
            if any(len(cell) > 1 for cell in cells):
                found.append("")
    return found


def shown_address(address: str) -> str:
    """Return the address of a link as a person should see it: that behind Outlook's own detour, and not too long."""
    address = "".join(address.split())
    try:
        parts = urlsplit(address)
        if (parts.hostname or "").endswith(".safelinks.protection.outlook.com"):
            address = parse_qs(parts.query, max_num_fields=20).get("url", [address])[0]
    except ValueError:
        pass
    return address if len(address) <= _LINK_MAX else f"{address[:_LINK_MAX]}…"


def text(page: str, names: dict[str, str], notes: Notes) -> tuple[str, set[str]]:
    """Return a page as text, and the names of the images placed in it; `names` gives them by Content-ID."""
    small, cut = html_reducing.reduced(page)
    if cut:
        notes.add("Le message HTML est trop long : sa fin n’est pas lue.")
    clean = nh3.clean(
        small, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None, clean_content_tags={"script"}
    )
    writer = _Writer(names)
    writer.feed(clean)
    writer.close()
    return writer.finish(), writer.placed
