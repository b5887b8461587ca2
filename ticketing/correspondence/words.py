"""The text that a mail leaves on a ticket: its author's own words, and what became of its files. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing import model
from ticketing.correspondence import subjects
from ticketing.mail.incoming.parsed import CalendarAnswer, ParsedMail

_CUT = "\n\n[…] La suite est dans le fichier « {} »."
_REFUSED = "Fichiers du courriel qui ne sont pas repris :"
_VISITS = {"accepted": "a accepté la visite.", "declined": "a refusé la visite.", "tentative": "viendra peut-être."}


def own(mail: ParsedMail, refused: Sequence[str], whole: str, first: str = "") -> str:
    """Return the words of a mail as an entry keeps them, never longer than an entry may be.

    `first` comes before them; `refused` are the sentences on files that were refused; `whole` is the name of the file
    that holds a text too long. Where the author's own words cannot be told from the history, the history is shown.
    """
    text = model.clean_text(mail.text) or model.clean_text(mail.folded if not mail.attachments else "")
    last = "\n".join((_REFUSED, *(f"- {model.clean_line(one)}" for one in refused))) if refused else ""
    last = last[: model.BODY_MAX // 2]
    room = model.BODY_MAX - len(first) - len(last) - 8
    if len(text) > room:
        cut = _CUT.format(whole)
        text = text[: room - len(cut)].rstrip() + cut
    return model.clean_text("\n\n".join(part for part in (first, text, last) if part))


def calendar(name: str, answers: Sequence[CalendarAnswer]) -> str:
    """Return what answers to an invitation say, in the name of who sent them; empty where there is none."""
    said = [_VISITS[one.answer] for one in answers if one.answer in _VISITS]
    return f"{name} {said[-1]}" if said else ""


def opening(mail: ParsedMail, refused: Sequence[str], whole: str, cites: int) -> str:
    """Return the words of a ticket that a mail opens: the ticket that it goes on from, a cut subject, the author's."""
    title, bare = subjects.title(mail.subject), subjects.bare(mail.subject)
    first = [f"Suite du ticket n° {cites}."] if cites else []
    if title.endswith("…") and title != bare:
        first.append(bare[:1000])
    return own(mail, refused, whole, "\n\n".join(first)) or bare[:1000] or title
