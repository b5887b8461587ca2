"""The words of a list: its title, and what is said where it has no row, with the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import g, url_for

from charters.model import Role
from charters.permissions import Action
from matrix import french
from ticketing.formats import local
from ticketing.search import query
from ticketing.search.places import places
from ticketing.tickets import desk
from ticketing.tickets.queries import Corrected
from ticketing.web.tickets.listing.asked import ADDRESS, Asked
from ticketing.web.tickets.listing.sought import Sought
from ticketing.web.tickets.page import may

OF_THE_COLLEGE = (Role.CMI, Role.CHEF, Role.RESEAU)


@dataclass(frozen=True, slots=True)
class Empty:
    """What a list without rows says, with the label and the address of a button (None: none)."""

    title: str
    text: str = ""
    href: str | None = None
    label: str | None = None


def hour(instant: datetime) -> str:
    """Return the hour of an instant as it is said in Paris: « 9 h », « 9 h 05 »."""
    there = local(instant)
    return f"{there.hour}\u00a0h" + (f"\u00a0{there.minute:02}" if there.minute else "")


def heading(asked: Asked) -> str:
    """Return the title of the page of a list."""
    if asked["demandes"]:
        return "Mes demandes"
    return "Tout ce que nous suivons" if asked["suivis"] else of_mandate()


def of_mandate() -> str:
    """Return the name of the list that a mandate opens on."""
    if g.actor.role is Role.RESEAU:
        return "Vos tickets"
    return "Les tickets du collège" if g.actor.role in OF_THE_COLLEGE else "File d’attente"


def when_empty(asked: Asked, found: Sought) -> Empty:
    """Return what a list without rows says."""
    if found.filters.text:
        return _nothing_found(asked, found)
    if asked.narrowed:
        return Empty(
            "Rien ne correspond",
            "Enlevez un filtre, ou regardez un autre état.",
            asked.href(etat=ADDRESS["all"]) if asked.looked_at != "all" else url_for("tickets.index"),
            "Chercher dans tous les états" if asked.looked_at != "all" else "Tout effacer",
        )
    back = (asked.href(etat=ADDRESS["open"]), "Voir les tickets ouverts")
    if asked.state == "late":
        return Empty("Aucun ticket en retard", "Aucun délai d’un texte, aucun engagement n’est dépassé.", *back)
    if asked.state not in (None, "open", "all"):
        return Empty("Aucun ticket dans cet état", "", *back)
    title = "Aucun ticket" if asked.state == "all" else "Aucun ticket ouvert"
    if may(Action.OPEN):
        sentence = "Une panne, une question, un besoin ? Ouvrez un ticket."
        return Empty(title, sentence, url_for("opening.form"), "Ouvrir un ticket")
    return Empty(title, "Tout ce qui était demandé est traité.")


def _nothing_found(asked: Asked, found: Sought) -> Empty:
    """Return what is said of a search that finds nothing: what was looked for, and the way to look further."""
    told, left = query.heard(found.filters.text or "", places(desk.router().conventions))
    title = f"Rien ne correspond à «\u00a0{asked['q']}\u00a0»"
    if not told:
        return Empty(title, "Écrivez au moins un mot ou un numéro.", url_for("tickets.index"), "Tout effacer")
    sentence = f"Cherché : {quoted(told)}." if len(told) == 1 else f"Cherchés ensemble : {quoted(told)}."
    if left:
        sentence += f" Laissés de côté : {quoted(left)}."
    if found.chips or asked["etat"]:
        everywhere = url_for("tickets.index", q=asked.search.words, suivis=asked["suivis"] or None)
        return Empty(title, f"{sentence} Les filtres limitent la recherche.", everywhere, "Chercher sans les filtres")
    if len(told) == 1:
        return Empty(
            title,
            f"{sentence} Essayez un autre mot, un numéro, un collège ou le nom d’une personne.",
            url_for("articles.index", q=told[0]),
            "Chercher dans les articles",
        )
    longest = max(told, key=len)
    fewer = url_for("tickets.index", q=longest, suivis=asked["suivis"] or None)
    return Empty(
        title, f"{sentence} Un mot de moins trouve davantage.", fewer, f"Chercher «\u00a0{longest}\u00a0» seul"
    )


def corrected(correction: Corrected) -> list[tuple[str, str]]:
    """Return each corrected word as it was typed, with what was looked for in its place, as the tickets write it."""
    written: dict[str, str] = {}
    for row in correction.page.rows:
        for word in french.words(f"{row.title} {row.body} {row.opened_by_name} {row.assignee_name or ''}"):
            for form in french.forms(word.text):
                written.setdefault(form, word.text)
    said = []
    for typed, near in correction.words:
        forms = [(word, french.forms(word)) for word in near]
        there = [next((written[form] for form in (word, *own) if form in written), word) for word, own in forms]
        shown = [one for one, (_, own) in zip(there, forms, strict=True) if any(form in written for form in own)]
        said.append((quoted([typed]), quoted(dict.fromkeys(shown or there[:1]))))
    return said


def quoted(found: Iterable[str]) -> str:
    """Return words in French quotation marks, one after the other."""
    return ", ".join(f"«\u00a0{word}\u00a0»" for word in found)
