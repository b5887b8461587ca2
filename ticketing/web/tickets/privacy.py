"""Who else reads what is published on a ticket, and the question before pupils' data go to them (annexe 6, 2.4).

It is one door: the words and files of every step pass it, and the words that say that a duty is done. What is for one
side alone, a note, asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import g

from matrix.wording import enumeration
from ticketing import model, pupils, views
from ticketing.files import leaving_words
from ticketing.web import frame
from ticketing.web.tickets import forms, steps

#: The fields of steps that hold words of a person; `controle` and `attendu` are those of a letter.
WORDS = ("titre", "texte", "controle", "attendu", "salle")


def about_pupils(slug: str, form: steps.Form, ticket: Callable[[], views.TicketView]) -> forms.Refusal | None:
    """Return the question about pupils' data in a step that others would read, once for each text; or None."""
    found = pupils.found((*(form[name] for name in WORDS), *leaving_words.texts(form.files)))
    if found is None or form["visibilite"] == "internal" or form["verifie"] == found.print:
        return None
    shown = ticket()
    given = dict(forms.other_parties(shown)).get(form["partie"], "") if form["partie"] else ""
    readers = [*other_readers(shown), given]
    sentence = question(found, [one for one in dict.fromkeys(readers) if one])
    typed = {**form.fields, "verifie": found.print}
    return forms.Refusal(slug, sentence=sentence, typed=typed) if sentence else None


def question(found: pupils.Found, readers: Sequence[str]) -> str:
    """Return the question on what was found, for these other readers; empty where there are none."""
    if not readers:
        return ""
    return (
        f"Votre texte semble contenir {enumeration(found.signs)}\u00a0; il sera lu par\u00a0: {', '.join(readers)}. "
        "Retirez ce qui n’est pas nécessaire\u00a0; si tout l’est, envoyez de nouveau."
    )


def about_a_duty(words: str, verified: str, ticket: Callable[[], views.TicketView]) -> tuple[str, str] | None:
    """Return the question about pupils' data in what says that a duty is done, and its print; or None."""
    found = pupils.found((model.clean_text(words),))
    sentence = question(found, other_readers(ticket())) if found and verified != found.print else ""
    return (sentence, found.print) if found and sentence else None


def other_readers(ticket: views.TicketView) -> list[str]:
    """Return the names of the other sides that read what is public on a ticket."""
    own = frame.scope_name(g.actor.mandate.scope_id)
    names = (ticket.etablissement_name, ticket.holder_name, *(name for _, name in ticket.contributors))
    # An établissement is named with its commune as a party, and without as a place.
    short = [name.removesuffix(f", {ticket.etablissement_commune}") for name in (own, *names)]
    return [name for name in dict.fromkeys(short[1:]) if name != short[0]]
