"""The zip of a spreadsheet, opened safely: sizes are checked first, members are read in pieces, DTDs are refused.

Every limit is far above an honest annexe 2 (tens of lines, a few hundred kilobytes) and far below what would hurt.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from unicodedata import category

from matrix.files.archives import Archive, Broken, end_of
from matrix.sheets.model import SheetRefused

FILE_MAX = 10_000_000
MEMBER_MAX = 24_000_000  # bytes of one unpacked member
TOTAL_MAX = 80_000_000
RATIO_MAX = 400  # a table of empty cells packs at a hundred to one; a bomb at a thousand
MEMBERS_MAX = 1_000
DIRECTORY_MAX = 300_000  # bytes of the list of members
DEPTH_MAX = 64
ELEMENTS_MAX = 300_000  # elements of a whole file
NODES_MAX = 80_000  # nodes of a part that is kept whole
TAG_MAX = 500_000  # bytes from one « < » to the next: the parser holds a whole tag before it reports it
NAMES_MAX = 1_000  # distinct names of elements and attributes in a part: the parser keeps every name
ATTRIBUTES_FREE = 4  # this many attributes of a node count as one more node
PART_LETTERS_MAX = 4_000_000  # letters of a part that is kept: a single rare letter makes each take four bytes
_KEPT = "\n\t"
CELL_TEXT_MAX = 2_000
NOTE_MAX = 32_767  # the length of a note that a spreadsheet keeps

BROKEN = (
    "Ce fichier est abîmé ou incomplet : ouvrez-le dans votre tableur, enregistrez-le de nouveau, puis renvoyez-le."
)
BOMB = (
    "Ce fichier se déplie en un contenu démesuré, le plus souvent des lignes ou des colonnes vides mises en forme : "
    "copiez le seul tableau dans un classeur neuf, puis renvoyez-le."
)
TOO_BIG = (
    "Cette feuille compte trop de cases, le plus souvent des lignes ou des colonnes vides mises en forme : "
    "supprimez-les (ou copiez le seul tableau dans un classeur neuf), enregistrez, puis renvoyez-la."
)
UNSAFE_XML = (
    "Ce fichier contient des déclarations XML (DTD, entités) qu’aucun tableur n’écrit : il est refusé. Refaites-le en "
    "copiant le tableau dans un classeur neuf."
)
LOCKED = (
    "Ce fichier est protégé par un mot de passe : ouvrez-le, retirez la protection à l’ouverture, enregistrez-le, puis "
    "renvoyez-le."
)
MACROS = (
    "Ce classeur contient des macros : enregistrez-le sans elles (format .xlsx ou .ods ordinaire), puis renvoyez-le."
)
LINKS = (
    "Ce classeur est lié à d’autres fichiers : rompez les liens (menu Données ou Édition, « Modifier les liens »), "
    "enregistrez, puis renvoyez-le."
)


class Handler(Protocol):
    """Receives the events of an XML part from `Package.stream`; names come without their namespace."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, tag: str) -> None: ...

    def data(self, text: str) -> None: ...


class Package:
    """An opened zip. `names` are its members; nothing is ever extracted to disk."""

    def __init__(self, data: bytes, elements: int | None = None) -> None:
        """Open the archive `data`, whose parts may hold so many elements in all (`ELEMENTS_MAX`).

        Raises `SheetRefused` where it is broken, locked, oversized or misleading.
        """
        file = io.BytesIO(data)
        _check_end(file)
        try:
            self._archive = Archive(file)
        except Broken as error:
            raise SheetRefused(BROKEN) from error
        members = self._archive.members
        self._members = {member.filename: member for member in members}
        self.left = ELEMENTS_MAX if elements is None else elements
        if len(self._members) != len(members) or any(_misleading(name) for name in self._members):
            raise SheetRefused(
                "Ce fichier contient des noms de parties qu’aucun tableur n’écrit : il est refusé. Refaites-le en "
                "copiant le tableau dans un classeur neuf."
            )
        if self._archive.locked:
            raise SheetRefused(LOCKED)
        if not self._archive.plainly_packed:
            raise SheetRefused(BROKEN)
        if sum(member.file_size for member in members) > TOTAL_MAX or any(_swells(member) for member in members):
            raise SheetRefused(BOMB)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._members)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a member in pieces. Its real size is counted, since the size that the archive declares may be false."""
        member = self._members.get(name)
        if member is None:
            raise SheetRefused(BROKEN)
        read = 0
        try:
            for piece in self._archive.pieces(member):
                read += len(piece)
                if read > min(member.file_size, MEMBER_MAX):
                    raise SheetRefused(BOMB)
                yield piece
        except Broken as error:
            raise SheetRefused(BROKEN) from error
        if read != member.file_size:
            raise SheetRefused(BROKEN)

    def head(self, name: str, size: int) -> bytes:
        """Return the first bytes of a member; empty where there is none."""
        return next(self.pieces(name), b"")[:size] if name in self._members else b""

    def stream(self, name: str, handler: Handler) -> None:
        """Send an XML part to `handler`. Raises `SheetRefused`, also for a DTD or elements too deep or too many."""
        from xml.etree.ElementTree import ParseError

        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import DefusedXMLParser

        target = _Counted(self, handler)
        parser = DefusedXMLParser(target=target, forbid_dtd=True)
        try:
            run = 0
            for piece in self.pieces(name):
                first = piece.find(b"<")
                run += len(piece) if first < 0 else first
                if run > TAG_MAX:
                    raise SheetRefused(BOMB)
                run = run if first < 0 else len(piece) - piece.rfind(b"<")
                parser.feed(piece)
            parser.close()
        except DefusedXmlException as error:
            raise SheetRefused(UNSAFE_XML) from error
        except (ParseError, LookupError, UnicodeError) as error:
            raise SheetRefused(BROKEN) from error


class _Counted:
    """Stands between the parser and a handler: it counts elements and depth, and drops namespaces."""

    def __init__(self, package: Package, handler: Handler) -> None:
        self._package, self._handler, self._depth = package, handler, 0
        self._names: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._package.left -= 1
        if self._depth > DEPTH_MAX:
            raise SheetRefused(BROKEN)
        if self._package.left < 0:
            raise SheetRefused(TOO_BIG)
        self._handler.start(self._local(tag), {self._local(name): value for name, value in attributes.items()})

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._handler.end(self._local(tag))

    def data(self, text: str) -> None:
        self._handler.data(text)

    def close(self) -> None:
        return None

    def _local(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            if len(self._names) >= NAMES_MAX:
                raise SheetRefused(BOMB)
            found = self._names[name] = name.rpartition("}")[2]
        return found


class Tree:
    """A small XML part kept whole, for styles and lists: `root` is (tag, attributes, children, text)."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._stack: list[Node] = []
        self._left, self._letters = NODES_MAX, PART_LETTERS_MAX

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._left -= 1 + len(attributes) // ATTRIBUTES_FREE
        if self._left < 0:
            raise SheetRefused(TOO_BIG)
        node = Node(tag, attributes)
        if self._stack:
            self._stack[-1].children.append(node)
        else:
            self.root = node
        self._stack.append(node)

    def end(self, tag: str) -> None:
        self._stack.pop()

    def data(self, text: str) -> None:
        self._letters -= len(text)
        if self._letters < 0:
            raise SheetRefused(TOO_BIG)
        if self._stack:
            self._stack[-1].text += text


class Node:
    """An element of a `Tree`."""

    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag: str, attributes: Mapping[str, Any]) -> None:
        self.tag, self.attributes = tag, attributes
        self.children: list[Node] = []
        self.text = ""

    def get(self, name: str, default: str = "") -> str:
        value: str = self.attributes.get(name, default)
        return value

    def child(self, tag: str) -> Node | None:
        return next((one for one in self.children if one.tag == tag), None)

    def all(self, tag: str) -> list[Node]:
        """Return every element of that name below this one, in order."""
        found, waiting = [], list(reversed(self.children))
        while waiting:
            node = waiting.pop()
            if node.tag == tag:
                found.append(node)
            waiting.extend(reversed(node.children))
        return found

    def words(self) -> str:
        """Return the text of this element and of those below."""
        return self.text + "".join(child.words() for child in self.children)


def tree(package: Package, name: str) -> Node:
    """Return a part as a tree. Raises `SheetRefused`."""
    handler = Tree()
    package.stream(name, handler)
    if handler.root is None:
        raise SheetRefused(BROKEN)
    return handler.root


def clean(text: str, most: int) -> str:
    """Return the text without control characters other than line breaks, and cut to `most` letters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        letter for letter in text if letter.isprintable() or letter in _KEPT or category(letter) == "Zs"
    ).strip()
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def _check_end(file: io.BytesIO) -> None:
    """Check the end record of the archive before its list is read, since a huge list is a bomb too."""
    end = end_of(file)
    if end is None:
        raise SheetRefused(BROKEN)
    if end.entries > MEMBERS_MAX or end.directory > DIRECTORY_MAX or end.long:
        raise SheetRefused(BOMB)


def _misleading(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return "\\" in name or name.startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in name or len(name) > 300


def _swells(member: zipfile.ZipInfo) -> bool:
    if member.file_size > MEMBER_MAX and member.filename.endswith(".xml"):
        return True
    return member.file_size > 1_000_000 and member.file_size > RATIO_MAX * max(member.compress_size, 1)
