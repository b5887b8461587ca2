"""The process that writes the words of a PDF on standard output; it has little memory and little time.

It is run as a script by `pdf_text`, so that a PDF made to harm ends this process and nothing else. Its exit status says
why there are no words.
"""

from __future__ import annotations

import sys

UNREADABLE, PROTECTED, TOO_LONG, NO_TEXT = 3, 4, 5, 6
PAGES_MAX = 400
MEMORY = 1_500_000_000


def main(path: str, most: int, seconds: int, *, memory: int = MEMORY, whole: bool = True) -> int:
    """Write the text of the PDF at `path`, at most `most` letters, within `seconds` of processor; return the status.

    `memory` is in bytes. Not `whole`: a longer text, and one of more pages, is cut.
    """
    import logging
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import pypdf

    logging.disable(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            return PROTECTED
        if whole and len(reader.pages) > PAGES_MAX:
            return TOO_LONG
        pages: list[str] = []
        for page in reader.pages:
            pages.append(page.extract_text() or "")
            if sum(map(len, pages)) > most:
                if whole:
                    return TOO_LONG
                break
    except MemoryError:
        return TOO_LONG
    except Exception:  # a broken PDF raises whatever its broken part makes of pypdf
        return UNREADABLE
    text = "\n\n".join(pages)
    text = text if whole else text[:most]
    if not any(letter.isalnum() for letter in text):
        return NO_TEXT
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return 0


if __name__ == "__main__":
    _most, _seconds, *_more = sys.argv[2:]
    _memory = next((int(one) for one in _more if one.isascii() and one.isdigit()), MEMORY)
    sys.exit(main(sys.argv[1], int(_most), int(_seconds), memory=_memory, whole="beginning" not in _more))
