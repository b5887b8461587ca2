"""What a message says, as text: parts in their order, images named in their place, files named. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ticketing.mail.incoming.mime import (
    addresses,
    charsets,
    encodings,
    filenames,
    headers,
    html_reducing,
    html_text,
    plain,
    protected,
)
from ticketing.mail.incoming.mime.bodies import Choice, File, Forwarded, Found, Item, Words
from ticketing.mail.incoming.mime.notes import Notes
from ticketing.mail.incoming.mime.structure import Part

#: Bytes of one text that are read, and characters of all that are shown; the rest is in a file.
BYTES_MAX, TEXT_MAX = 1024 * 1024, 100_000
WHOLE_TEXT = "texte-complet.txt"
FORWARDED = "---------- Message transféré ----------"
_META = re.compile(rb"""<meta[^<>]{0,200}charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)


@dataclass(slots=True)
class Said:
    """What a message says: its author's words, those of the messages forwarded with it, and whether PGP hid any."""

    text: str
    forwarded: str
    protected: str


def render(found: Found, notes: Notes) -> Said:
    """Return what a message says, and settle the name and the place of each of its files."""
    writer = _Renderer(found, notes)
    text = writer.items([one for one in found.items if not isinstance(one, Forwarded)])
    forwarded = "\n\n".join(writer.forwarded(one) for one in found.items if isinstance(one, Forwarded))
    for file in found.files:
        file.inline = file.inline or file.name in writer.placed
    return Said(writer.cut(text), writer.cut(forwarded), writer.protected)


class _Renderer:
    def __init__(self, found: Found, notes: Notes) -> None:
        self.files, self.notes = found.files, notes
        self.taken: set[str] = set()
        self.placed: set[str] = set()
        self.protected = ""
        for number, file in enumerate(self.files, 1):
            self._named(file, number)
        self.by_id = {file.content_id.lower(): file.name for file in self.files if file.content_id}
        self.images = {file.name for file in self.files if file.content_type.startswith("image/")}

    def _named(self, file: File, number: int) -> None:
        cleaned = filenames.clean(file.name)
        if file.name and cleaned != file.name:
            self.notes.add("Le nom d’un fichier a été nettoyé.")
        file.name = filenames.told_apart(cleaned or filenames.made_up(file.content_type, number), self.taken)

    def items(self, items: list[Item]) -> str:
        """Return items as text, in their order."""
        pieces: list[str] = []
        for one in items:
            if isinstance(one, File):
                if one.name not in self.placed:
                    self.placed.add(one.name)
                    pieces.append(f"[image : {one.name}]")
            elif isinstance(one, Choice):
                pieces.append(self._choice(one))
            elif isinstance(one, Words):
                pieces.append(self._words(one))
            else:
                pieces.append(self.forwarded(one))
        return "\n\n".join(piece for piece in pieces if piece.strip())

    def _choice(self, choice: Choice) -> str:
        before = set(self.placed)
        text = self.items(choice.plain)
        if plain.is_stub(text):
            return self.items(choice.rich) or text
        if self.placed != before or not (self.by_id or self._holds_images(choice.rich)):
            return text
        rich = self.items(choice.rich)  # only the page says where the images stand
        return rich if self.placed != before else text

    def _holds_images(self, items: list[Item]) -> bool:
        pages = [one.part for one in items if isinstance(one, Words) and one.part is not None]
        return any(b"data:image/" in self._bytes(part) for part in pages)

    def _bytes(self, part: Part) -> bytes:
        return encodings.decoded(part.body, part.encoding, self.notes, text=True)

    def _words(self, words: Words) -> str:
        if words.part is None:
            return self._page(words.page) if words.page else self._text(words.text)
        data = self._bytes(words.part)
        charset = words.part.params.get("charset", "")
        if words.part.content_type == "text/html":
            return self._page_bytes(data, charset)
        if len(data) > BYTES_MAX:
            self._keep_whole(data)
            data = data[:BYTES_MAX]
        data, hidden = encodings.uuencoded(data) if b"\nend" in data else (data, [])
        for name, content in hidden:
            self._new_file(File(name, "application/octet-stream", content))
        text = charsets.decode(data, charset, self.notes)
        if words.part.params.get("format", "").lower() == "flowed":
            text = plain.flowed(text, delete_space=words.part.params.get("delsp", "").lower() == "yes")
        if words.part.content_type in ("text/enriched", "text/richtext"):
            text = re.sub(r"<[^<>]{0,200}>", "", text.replace("<<", "‹")).replace("‹", "<")
        return self._text(text)

    def _text(self, text: str) -> str:
        text, how = protected.inline(text[:BYTES_MAX])
        self.protected = self.protected or how
        text, placed = plain.with_places(plain.clean(text, self.notes), self.by_id, self.images)
        self.placed |= placed
        return text

    def _page_bytes(self, data: bytes, charset: str) -> str:
        data, images = html_reducing.without_data_images(data)
        for number, (content_type, content) in enumerate(images, 1):
            file = File("", content_type, content, f"guichet-image-{number}", inline=True)
            self._new_file(file)
            self.by_id[file.content_id] = file.name
        if len(data) > html_reducing.BYTES_MAX:
            self.notes.add("Le message HTML est trop long : sa fin n’est pas lue.")
            data = data[: html_reducing.BYTES_MAX]
        if not charset and (meta := _META.search(data[:4096])):
            charset = meta[1].decode("ascii", "replace")
        return self._page(charsets.decode(data, charset, self.notes))

    def _page(self, page: str) -> str:
        text, placed = html_text.text(page, self.by_id, self.notes)
        self.placed |= placed
        return self._text(text)

    def _new_file(self, file: File) -> None:
        self._named(file, len(self.files) + 1)
        self.files.append(file)
        if file.content_type.startswith("image/"):
            self.images.add(file.name)

    def _keep_whole(self, data: bytes) -> None:
        self.notes.add(f"Le texte est très long : il est entier dans le fichier « {WHOLE_TEXT} ».")
        if WHOLE_TEXT not in self.taken:
            self._new_file(File(WHOLE_TEXT, "text/plain", data))

    def cut(self, text: str) -> str:
        """Return a text within what is shown; a longer one is kept whole in a file."""
        if len(text) <= TEXT_MAX:
            return text
        self._keep_whole(text.encode("utf-8", "replace"))
        return f"{text[:TEXT_MAX].rstrip()}\n[…]"

    def forwarded(self, one: Forwarded) -> str:
        """Return a message within the message, with the lines that say where it comes from."""
        said = one.part.headers
        people = {
            name: ", ".join(
                f"{who} <{address}>" if who else address
                for value in said.all(name)
                for who, address in addresses.read(value, self.notes)[:10]
            )
            for name in ("from", "to")
        }
        lines = [
            FORWARDED,
            f"De : {people['from']}",
            f"Date : {headers.words(said.plain('date')[:100], self.notes)}",
            f"Objet : {headers.words(said.plain('subject'), self.notes)}",
            f"À : {people['to']}",
        ]
        head = "\n".join(line for line in lines if not line.endswith(" : "))
        return f"{head}\n\n{self.items(one.found.items)}".rstrip()
