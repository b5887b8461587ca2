"""The names and the beginning of the words of files that are about to leave, in which signs of pupils' data are sought.

A text, an office document and a PDF are read; an image is not. The PDFs of one form are read for a bounded time.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import BinaryIO, cast

from ticketing.documents import pdf_text
from ticketing.files import document_words
from ticketing.model import Upload
from ticketing.pupils import READ_MAX, named

#: The seconds after which no further PDF of the same form is read: its author waits meanwhile.
SECONDS = 10


def texts(files: Sequence[Upload]) -> list[str]:
    """Return the name of each file, and the beginning of its words where it is of a kind that is read.

    The files stay at their start.
    """
    read, start = [], monotonic()
    for file in files:
        stream = cast(BinaryIO, file.stream)
        read.append(named(file.filename))
        if file.filename.lower().endswith(".pdf"):
            read.append(pdf_text.beginning(stream, READ_MAX) if monotonic() - start < SECONDS else "")
        else:
            read.append(document_words.beginning(file.filename, stream, READ_MAX))
        stream.seek(0)
    return [text for text in read if text]
