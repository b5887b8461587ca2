"""The files of a mail, through the same door as uploads: each is stored or refused by itself, and what is refused said.

A mail is not a form: its author is not there to take out the file that is refused, so the rest is kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from ticketing.files import receiving
from ticketing.files.receiving import FileRefused
from ticketing.mail.incoming.parsed import Attached, ParsedMail
from ticketing.model import BODY_MAX, Upload
from ticketing.tickets import incoming_files

#: The name of the file that holds a text too long for a comment.
WHOLE_TEXT = "texte-complet.txt"


@dataclass(slots=True)
class Files:
    """The stored files of a mail, and a French sentence for each that was refused."""

    received: list[receiving.Received] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def receiving_files(mail: ParsedMail, already: int) -> Iterator[Files]:
    """Store the files of a mail for the block that commits their rows; they are removed if the block raises.

    `already` are the bytes of the ticket's files. A text longer than a comment comes with them, whole.
    """
    folder, limits, files = receiving.files_folder(), incoming_files.limits(), Files()
    with ExitStack() as stack:
        for index, attached in enumerate((*_text(mail), *mail.attachments)):
            name = attached.filename or f"fichier-{index + 1}"
            if len(files.received) >= receiving.FILES_MAX:
                files.refused.append(f"« {name} » : {receiving.FILES_MAX} fichiers au plus sont repris d’un courriel.")
                continue
            upload = Upload(name, io.BytesIO(attached.content), attached.content_type, len(attached.content))
            try:
                found = stack.enter_context(receiving.receiving(folder, [upload], limits))
            except FileRefused as fault:
                files.refused.append(fault.sentence)
                continue
            try:
                receiving.check_quota(already, [*files.received, *found], limits)
            except FileRefused as fault:
                files.refused.append(fault.sentence)
                for file in found:
                    (folder / file.path).unlink(missing_ok=True)
            else:
                files.received.extend(found)
        yield files


def _text(mail: ParsedMail) -> Sequence[Attached]:
    if len(mail.text) <= BODY_MAX:
        return ()
    content = mail.text.encode("utf-8", "replace")
    return (Attached(filename=WHOLE_TEXT, content_type="text/plain; charset=utf-8", content=content),)


def drop(files: Files) -> None:
    """Remove the stored files of a mail that makes nothing after all."""
    for file in files.received:
        (receiving.files_folder() / file.path).unlink(missing_ok=True)
    files.received.clear()
