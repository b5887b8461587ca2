"""Receive uploaded files: read once, limited in size, identified by their content, stored outside what is served.

A file is written under a temporary name, then renamed to `files/<xx>/<uuid>` before the ticket's commit, so that a row
never names a missing file. If the commit fails, the file is removed; if the machine stops in between, `sweep` removes
it. A file that holds a virus, or that the antivirus has not checked yet, goes to `files/quarantine/<uuid>` and is
served to nobody.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from charters import private_files
from ticketing.files import antivirus, archives, eicar, images, signatures, texts, thumbnails
from ticketing.model import Upload, clean_line
from ticketing.settings import desk_settings

CHUNK = 64 * 1024
HEAD = 64 * 1024  # how many first bytes are read to recognise a file's kind
NAME_MAX = 150
FILES_MAX = 20  # in one request

#: Extension -> content type served, for the kinds that have a signature.
BINARY = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "jfif": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
}
#: Office documents are ZIP archives: extension -> (content type, the member by which the kind is recognised).
OFFICE = {
    "odt": ("application/vnd.oasis.opendocument.text", "content.xml"),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", "content.xml"),
    "odp": ("application/vnd.oasis.opendocument.presentation", "content.xml"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "word/document.xml"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xl/workbook.xml"),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "ppt/presentation.xml"),
}
#: Texts: extension -> content type served, to which the charset found in the file is added.
PLAIN = {"txt": "text/plain", "log": "text/plain", "csv": "text/csv"}
ALLOWED = (*BINARY, *OFFICE, *PLAIN)
#: Extensions refused anywhere in a name, even before a harmless one (« facture.exe.pdf »).
DANGEROUS = frozenset(
    (
        "exe",
        "com",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "mjs",
        "wsf",
        "wsh",
        "msi",
        "scr",
        "pif",
        "jar",
        "sh",
        "html",
        "htm",
        "xhtml",
        "shtml",
        "svg",
        "xml",
        "hta",
        "lnk",
        "php",
        "py",
    )
)


class FileRefused(ValueError):
    """Raised when a file is refused; `sentence` says which file and why, in French."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


#: Why a file is in quarantine: a virus was found; the antivirus has not answered yet.
VIRUS, WAITING = "virus", "waiting"
QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes: of one file, of all the files of a ticket. `clamav` is the antivirus's address, empty if none."""

    per_file: int
    per_ticket: int
    clamav: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A stored file: `path` is relative to the folder of files."""

    uuid: str
    name: str
    size: int
    sha256: str
    content_type: str
    path: str
    quarantine: str = ""
    finding: str = ""


def files_folder() -> Path:
    """Return the absolute folder of the files of tickets."""
    return desk_settings().files


@contextmanager
def receiving(folder: Path, uploads: Sequence[Upload], limits: Limits) -> Iterator[list[Received]]:
    """Store the uploads for the block that commits their rows, and remove them if the block raises.

    Empty file fields are ignored. Raises FileRefused.
    """
    received: list[Received] = []
    try:
        chosen = [upload for upload in uploads if upload.filename]
        if len(chosen) > FILES_MAX:
            raise FileRefused(f"{FILES_MAX} fichiers au plus à la fois : envoyez les autres dans un commentaire.")
        for upload in chosen:
            silent = any(file.quarantine == WAITING for file in received)
            received.append(_receive(folder, upload, limits, silent))
            check_quota(0, received, limits)
        yield received
    except BaseException:
        for file in received:
            (folder / file.path).unlink(missing_ok=True)
        raise


def check_quota(already: int, received: Sequence[Received], limits: Limits) -> None:
    """Raise FileRefused if a ticket that holds `already` bytes cannot take these files too."""
    if already + sum(file.size for file in received) > limits.per_ticket:
        raise FileRefused(f"Les fichiers de ce ticket dépasseraient {_megabytes(limits.per_ticket)} au total.")


def sweep(folder: Path, known: Collection[str], now: float | None = None, older_than: int = 86_400) -> int:
    """Remove files older than a day that no row names, and return how many; `known` are the paths of all rows.

    A thumbnail goes with the file that it shows.
    """
    gone = 0
    limit = (time.time() if now is None else now) - older_than
    for path in folder.glob("*/*"):
        owner = path.relative_to(folder).as_posix().removesuffix(thumbnails.SUFFIX)
        if path.is_file() and owner not in known and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _receive(folder: Path, upload: Upload, limits: Limits, silent: bool) -> Received:
    """Store one file. `silent`: the antivirus did not answer about another file of the same request."""
    name = safe_name(upload.filename)
    extension = _extension(name)
    identity = str(uuid.uuid4())
    aside = folder / "tmp" / identity
    private_files.folder(aside.parent)
    try:
        size, digest, signed = _copy(upload, aside, name, limits)
        content_type = _content_type(aside, extension, name)
        signed = _unpacks(aside, extension, name) or signed
        quarantine, finding = (VIRUS, eicar.NAME) if signed else _scanned(aside, limits.clamav, silent)
        path = place(identity, quarantine)
        private_files.folder((folder / path).parent)
        os.replace(aside, folder / path)
    finally:
        aside.unlink(missing_ok=True)
    return Received(identity, name, size, digest, content_type, path, quarantine, finding)


def place(identity: str, quarantine: str) -> str:
    """Return the place of a file, relative to the folder of files."""
    return f"{QUARANTINE if quarantine else identity[:2]}/{identity}"


def _scanned(path: Path, clamav: str, silent: bool) -> tuple[str, str]:
    """Return (quarantine, finding) of a file after asking the antivirus; without an antivirus, nothing is quarantined.

    An antivirus that was `silent` is not asked again: twenty files would block the request, and its thread, for
    minutes.
    """
    if not clamav:
        return "", ""
    if silent:
        return WAITING, ""
    verdict = antivirus.scan(path, clamav)
    return {"clean": "", "virus": VIRUS, "none": WAITING}[verdict.found], verdict.name


def _unpacks(path: Path, extension: str, name: str) -> bool:
    """Check the inside of archives and the size of images; return whether the antivirus test signature is inside."""
    if extension in OFFICE:
        try:
            return archives.check(path)
        except archives.Unsafe as unsafe:
            raise FileRefused(f"« {name} » : {unsafe.sentence}.") from unsafe
    if BINARY.get(extension, "").startswith("image/"):
        with open(path, "rb") as handle:
            declared = images.sizes(handle, extension)
        if not declared:
            raise FileRefused(f"« {name} » : cette image est abîmée.")
        if images.too_large(declared):
            raise FileRefused(f"« {name} » : cette image compte trop de pixels. Réduisez-la, puis renvoyez-la.")
    return False


def _copy(upload: Upload, aside: Path, name: str, limits: Limits) -> tuple[int, str, bool]:
    """Copy the upload to `aside`; return its size, its SHA-256, and whether it holds the antivirus test signature."""
    digest, size, watcher = hashlib.sha256(), 0, eicar.Watcher()
    with open(aside, "xb", opener=private_files.opener) as target:
        while chunk := upload.stream.read(CHUNK):
            size += len(chunk)
            if size > limits.per_file:
                raise FileRefused(f"« {name} » dépasse {_megabytes(limits.per_file)}.")
            digest.update(chunk)
            watcher.look(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    if not size:
        raise FileRefused(f"« {name} » est vide.")
    return size, digest.hexdigest(), watcher.found


def safe_name(filename: str) -> str:
    """Return the name without folders, control characters or what a file system refuses; never empty or too long.

    It is folded first (NFKC): another program that folds « ／..／x » would find folders in it.
    """
    filename = unicodedata.normalize("NFKC", filename)
    name = clean_line(filename.replace("\\", "/").rsplit("/", 1)[-1])
    name = re.sub(r'[<>:"|?*]', "-", name).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if len(name) > NAME_MAX and dot:
        name = f"{stem[: NAME_MAX - len(extension) - 1]}.{extension}"
    return name[:NAME_MAX] or "fichier"


def _extension(name: str) -> str:
    parts = name.lower().split(".")
    extension = parts[-1] if len(parts) > 1 else ""
    if extension not in ALLOWED:
        raise FileRefused(
            f"« {name} » : ce type de fichier n’est pas accepté. Envoyez un PDF, une image (PNG, JPEG…), "
            "un document bureautique (ODT, DOCX…) ou du texte."
        )
    if DANGEROUS & {re.sub(r"\W", "", part) for part in parts[1:-1]}:
        raise FileRefused(f"« {name} » : ce nom cache une autre extension. Renommez le fichier s’il est sûr.")
    return extension


def _content_type(path: Path, extension: str, name: str) -> str:
    """Return the content type under which the file is served. Raises FileRefused if content and extension disagree."""
    with open(path, "rb") as handle:
        if extension in PLAIN:
            charset = texts.charset(handle)
            if charset is None:
                raise _disagrees(name, extension)
            return f"{PLAIN[extension]}; charset={charset}"
        head = handle.read(HEAD)
    if extension in OFFICE:
        content_type, member = OFFICE[extension]
        if not archives.is_document(path, member, content_type if extension.startswith("od") else ""):
            raise _disagrees(name, extension)
        return content_type
    if not signatures.begins_as(extension, head):
        raise _disagrees(name, extension)
    return BINARY[extension]


def _disagrees(name: str, extension: str) -> FileRefused:
    return FileRefused(f"« {name} » : son contenu n’est pas celui d’un fichier {extension.upper()}.")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:g} Mo".replace(".", ",")
