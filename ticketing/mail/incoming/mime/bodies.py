"""Walk the parts of a message and sort them: words to read, images in their place, files, forwarded messages. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from ticketing.mail.incoming.mime import encodings, headers, protected, structure, tnef
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.mail.incoming.mime.structure import Part

FILES_MAX, FORWARDED_MAX = 100, 3
#: Parts that say to programs what another part says to people.
_REPORTS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
    }
)
_LEFT_OUT = frozenset({"application/applefile", "text/x-amp-html", "text/watch-html"})


@dataclass(slots=True, eq=False)
class File:
    """A file of the message, before its name is settled."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False
    placed: bool = False


@dataclass(slots=True, eq=False)
class Words:
    """A part to read, as the decoded bytes that it carries (`part` says how), or as text or page of winmail.dat."""

    part: Part | None = None
    text: str = ""
    page: str = ""

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return bool(self.page) or (self.part is not None and self.part.content_type == "text/html")


@dataclass(slots=True, eq=False)
class Choice:
    """The same words twice: as plain text and as a page."""

    plain: list[Item]
    rich: list[Item]


@dataclass(slots=True, eq=False)
class Forwarded:
    """A message within the message."""

    part: Part
    found: Found


Item = Words | Choice | Forwarded | File


@dataclass(slots=True, eq=False)
class Found:
    """What the parts of a message hold: items to show in their order, and every file, in its order."""

    items: list[Item] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    protected: str = ""


def sort(root: Part, notes: Notes, *, level: int = 0) -> Found:
    """Return what a message holds; `level` says how many messages it stands in."""
    walk = _Walk(notes, root, level)
    walk.part(root, walk.found.items)
    if not walk.words and walk.unnamed:
        part, file = walk.unnamed[0]  # some programs call the only text an attachment
        walk.found.files.remove(file)
        walk.found.items.insert(0, Words(part))
    return walk.found


class _Walk:
    def __init__(self, notes: Notes, root: Part, level: int) -> None:
        self.notes, self.root, self.level = notes, root, level
        self.found = Found()
        self.words = 0
        self.unnamed: list[tuple[Part, File]] = []

    def part(self, part: Part, items: list[Item], within: str = "") -> None:
        """Sort one part; `within` is the type of the multipart that holds it."""
        kind = part.content_type
        if part.too_deep:
            self._add(File("partie-imbriquee.eml", "message/rfc822", part.body))
        elif kind.startswith("multipart/"):
            self._multipart(part, items)
        elif part.children:
            self._forwarded(part, items, within)
        elif kind in protected.SIGNATURE_TYPES:
            self._protect(protected.SIGNED if kind != "application/pgp-keys" else "")
        elif kind in protected.OPAQUE_TYPES:
            self._opaque(part, items)
        elif kind in _REPORTS or kind in _LEFT_OUT:
            pass
        elif kind == "application/ms-tnef" or part.filename.lower() == "winmail.dat":
            self._tnef(part, items)
        elif self._is_words(part):
            self.words += bool(part.raw[part.start : min(part.end, part.start + 4000)].strip())
            items.append(Words(part))
        elif kind == "text/calendar" and (within == "multipart/alternative" or self._is_answer(part)):
            pass
        else:
            self._file(part, items, within)

    def _is_words(self, part: Part) -> bool:
        if part.content_type not in ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"):
            return False
        return part.disposition != "attachment" and (not part.filename or part is self.root)

    def _is_answer(self, part: Part) -> bool:
        return part.params.get("method", "").lower() == "reply"

    def _protect(self, how: str) -> None:
        if how and self.found.protected != protected.ENCRYPTED:
            self.found.protected = how

    def _multipart(self, part: Part, items: list[Item]) -> None:
        kind = part.content_type
        if kind == "multipart/alternative":
            self._alternative(part, items)
        elif kind == "multipart/encrypted":
            self._encrypted(items)
        elif kind == "multipart/report":
            for child in part.children:
                if child is part.children[0] or child.content_type not in ("message/rfc822", "text/plain"):
                    self.part(child, items, kind)
        else:
            if kind == "multipart/signed":
                self._protect(protected.SIGNED)
            for child in part.children:
                self.part(child, items, kind)

    def _encrypted(self, items: list[Item]) -> None:
        self._protect(protected.ENCRYPTED)
        self.words += 1
        items.append(Words(text=protected.SENTENCE))

    def _alternative(self, part: Part, items: list[Item]) -> None:
        plain: list[Item] = []
        rich: list[Item] = []
        for child in part.children:
            found: list[Item] = []
            self.part(child, found, part.content_type)
            if any(isinstance(one, Choice) or (isinstance(one, Words) and one.is_page) for one in found):
                rich = found  # the last is the best (RFC 2046, 5.1.4)
            elif found:
                plain += found
        if plain and rich:
            items.append(Choice(plain, rich))
        else:
            items += plain or rich

    def _forwarded(self, part: Part, items: list[Item], within: str) -> None:
        if self.level == 0:  # those within it are in its file already
            subject = headers.words(part.children[0].headers.plain("subject"), self.notes)
            name = part.filename or (f"{subject}.eml" if subject else "message.eml")
            content = part.children[0].raw if part.children[0].raw is not part.raw else part.body
            self._add(File(name if name.lower().endswith(".eml") else f"{name}.eml", "message/rfc822", content))
        if self.level < FORWARDED_MAX:
            inner = sort(part.children[0], self.notes, level=self.level + 1)
            items.append(Forwarded(part.children[0], inner))
            for file in inner.files:
                self._add(file)

    def _opaque(self, part: Part, items: list[Item]) -> None:
        content = protected.signed_content(self._content(part, text=False))
        if content is None or self.level >= FORWARDED_MAX:
            self._encrypted(items)
            return
        inner = sort(structure.read(content, self.notes), self.notes, level=self.level + 1)
        self._protect(inner.protected or protected.SIGNED)
        self.words += 1
        items += inner.items
        for file in inner.files:
            self._add(file)

    def _tnef(self, part: Part, items: list[Item]) -> None:
        hidden = tnef.read(self._content(part, text=False))
        if hidden is None:
            self.notes.add("Le fichier winmail.dat d’Outlook est illisible : il est gardé tel quel.")
            self._file(part, items, "")
            return
        self.notes.add("Le message est venu dans un fichier winmail.dat d’Outlook, qui a été ouvert.")
        if not self.words and (hidden.text.strip() or hidden.page.strip()):
            self.words += 1
            items.append(Words(text=hidden.text, page="" if hidden.text.strip() else hidden.page))
        for one in hidden.files:
            self._add(File(one.name, one.content_type, one.content, one.content_id, inline=bool(one.content_id)))

    def _file(self, part: Part, items: list[Item], within: str) -> None:
        content = self._content(part, text=False)
        file = File(part.filename, part.content_type, content, part.content_id)
        image = part.content_type.startswith("image/")
        file.inline = image and (
            part.disposition == "inline" or (within == "multipart/related" and bool(part.content_id))
        )
        self._add(file)
        if image and part.disposition == "inline" and within != "multipart/related":
            items.append(file)
        if part.content_type in ("text/plain", "text/html") and not part.filename:
            self.unnamed.append((part, file))

    def _content(self, part: Part, *, text: bool) -> bytes:
        return encodings.decoded(part.body, part.encoding, self.notes, text=text)

    def _add(self, file: File) -> None:
        if len(self.found.files) < FILES_MAX:
            self.found.files.append(file)
        else:
            self.notes.add(f"Le message a plus de {FILES_MAX} fichiers : les derniers ne sont pas gardés.")
