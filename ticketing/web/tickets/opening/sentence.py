"""What one field says of a ticket: its title, and its story where nothing more is told. Pure."""

from __future__ import annotations

from ticketing.model import TITLE_MAX, clean_line, clean_text

_CUT = "…"


def title_and_body(said: str, more: str) -> tuple[str, str]:
    """Return the title and the story of a ticket from the sentence that says what happens and what is told besides.

    The title is the first line, shortened at a word; one of the two is enough. No word is ever cut away: what the title
    does not hold is in the story.
    """
    said, more = clean_text(said), clean_text(more)
    if not said:
        said, more = more, ""
    first, _, rest = said.partition("\n")
    line = clean_line(first)
    title = shortened(line)
    if not more:
        return title, said
    return title, more if title == line and not rest.strip() else f"{said}\n\n{more}"


def shortened(line: str) -> str:
    """Return a line that a title can hold, cut at the end of a word."""
    if len(line) <= TITLE_MAX:
        return line
    cut = line[:TITLE_MAX]
    return (cut.rpartition(" ")[0].rstrip(" ,;:.") or cut[: TITLE_MAX - len(_CUT)]) + _CUT
