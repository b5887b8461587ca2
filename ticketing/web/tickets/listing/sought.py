"""The filters of a list made from what is asked, and each of them as a chip that takes it away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from charters.model import Perimeter
from matrix import french
from ticketing import model
from ticketing.following import labels
from ticketing.formats import PARIS, french_date
from ticketing.model import HOLD_LABELS, HoldReason
from ticketing.search.filters import Said
from ticketing.tickets import queries
from ticketing.views import Choice
from ticketing.web.tickets.listing.asked import SORTS, Asked

#: How a reason to wait is said in an address and a search -> the reason.
WAITS = {
    "demandeur": HoldReason.REQUESTER,
    "fournisseur": HoldReason.SUPPLIER,
    "piece": HoldReason.PART,
    "intervention": HoldReason.VISIT,
    "autre": HoldReason.OTHER,
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set: what it keeps, in words, and the address of the list without it."""

    label: str
    href: str


@dataclass(slots=True)
class Sought:
    """What a list shows: its filters, their chips, and what could not be understood of them."""

    filters: model.Filters
    chips: list[Chip] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reading:
    """What filters are read with: the account of the reader, the perimeter, and the choices that occur in it."""

    account: int
    own: Perimeter
    etablissements: Sequence[Choice]
    services: Sequence[Choice]


def sought(asked: Asked, reading: Reading) -> Sought:
    """Return the filters of a list for a reader."""
    found = Sought(model.Filters(), notices=list(asked.notices))
    etablissement = _choice(asked, "college", reading.etablissements, found)
    service = _choice(asked, "sujet", reading.services, found)
    since, until = asked.period.since, asked.period.until
    state = asked.state
    found.filters = model.Filters(
        state=None if state == "late" else state,
        late=state == "late",
        etablissement=asked["college"] or etablissement,
        service=asked["service"] or service,
        mine=reading.account if asked["miens"] else None,
        team=reading.account if asked["equipe"] else None,
        opened_by=reading.account if asked["demandes"] else None,
        waiting=_waiting(asked, found),
        label=_label_asked(asked) or None,
        since=_instant(since),
        until=_instant(until),
        assignees=_agents(asked, reading, found),
        text=_text(asked, etablissement, service) or None,
        sort=SORTS.get(asked["tri"], "due" if asked.looked_at in ("open", "late", *model.OPEN_STATES) else "newest"),
        reader=reading.account,
    )
    _chips_of_form(asked, reading, found)
    _chips_of_search(asked, found)
    return found


def _text(asked: Asked, etablissement: str | None, service: str | None) -> str:
    """Return the words to look for: those of a filter that names several things are among them."""
    words = [asked.search.words]
    for name, resolved in (("college", etablissement), ("sujet", service)):
        said = asked.said(name)
        if said is not None and resolved is None:
            words.append(said.value)
    return " ".join(word for word in words if word)


def _choice(asked: Asked, name: str, choices: Iterable[Choice], found: Sought) -> str | None:
    """Return the one choice of the perimeter that a filter in words names; None if none or several bear the name."""
    said = asked.said(name)
    if said is None:
        return None
    wanted = french.fold(said.value).split()
    named = [one.id for one in choices if all(word in french.fold(f"{one.label} {one.id}") for word in wanted)]
    if not named:
        found.notices.append(f"Rien ne s’appelle «\u00a0{said.value}\u00a0» ici : ces mots sont cherchés partout.")
    return named[0] if len(named) == 1 else None


def _waiting(asked: Asked, found: Sought) -> str | None:
    said = asked.said("attend")
    word = french.fold(said.value if said else asked["attend"]).strip()
    if not word:
        return None
    reason = next((reason for name, reason in WAITS.items() if name.startswith(word) or word.startswith(name)), None)
    if reason is None:
        found.notices.append("On peut attendre : demandeur, fournisseur, pièce, intervention, autre.")
    return reason


def _label_asked(asked: Asked) -> str:
    """Return the word of the reader's side that is asked for, as it is found; empty for none."""
    said = asked.said("etiquette")
    return labels.folded(said.value if said else asked["etiquette"])


def _agents(asked: Asked, reading: Reading, found: Sought) -> tuple[int, ...] | None:
    """Return the accounts that a filter names: « moi », or people in charge of tickets of the perimeter."""
    said = asked.said("agent")
    name = said.value if said else asked["agent"]
    if not name:
        return None
    if french.fold(name) == "moi":
        return (reading.account,)
    named = queries.in_charge(reading.own, name)
    if not named:
        found.notices.append(f"Personne de ce nom n’a de ticket en charge ici : «\u00a0{name}\u00a0».")
    return named


def _instant(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), PARIS) if day else None


def _chips_of_form(asked: Asked, reading: Reading, found: Sought) -> None:
    """Add the chips of the filters of the address, but for words and state, which the bar shows."""
    names = {
        "college": _label(asked["college"], reading.etablissements),
        "service": _label(asked["service"], reading.services),
        "agent": f"En charge : {asked['agent']}",
        "attend": HOLD_LABELS.get(WAITS.get(asked["attend"], HoldReason.OTHER), ""),
        "etiquette": f"Étiquette : {asked['etiquette']}",
        "miens": "Ceux dont je m’occupe",
        "equipe": "Mon équipe",
        "depuis": f"Depuis le {french_date(date.fromisoformat(asked['depuis']))}" if asked["depuis"] else "",
        "avant": f"Avant le {french_date(date.fromisoformat(asked['avant']))}" if asked["avant"] else "",
    }
    found.chips += [Chip(label, asked.href(**{name: None})) for name, label in names.items() if asked[name]]


def _chips_of_search(asked: Asked, found: Sought) -> None:
    """Add the chips of the filters that the search says in words."""
    for said in asked.search.said:
        if label := _said_label(asked, said, found.filters):
            found.chips.append(Chip(label, asked.href(q=asked.without(said) or None)))


def _said_label(asked: Asked, said: Said, filters: model.Filters) -> str:
    match said.name:
        case "etat":
            return f"État : {said.value}" if asked.state else ""
        case "agent":
            return f"En charge : {said.value}"
        case "etiquette":
            return f"Étiquette : {said.value}"
        case "attend":
            return HOLD_LABELS[HoldReason(filters.waiting)] if filters.waiting else ""
        case "college" | "sujet":
            return f"{'Établissement' if said.name == 'college' else 'Sujet'} : {said.value}"
    return _period_label(asked)


def _period_label(asked: Asked) -> str:
    """Return the period of a search in words: « Du 1er au 31 octobre 2026 » is what « mois dernier » means."""
    since, until = asked.search.period.since, asked.search.period.until
    last = date.fromordinal(until.toordinal() - 1) if until else None
    if since and last:
        if since == last:
            return f"Ouverts le {french_date(since)}"
        return f"Ouverts du {french_date(since)} au {french_date(last)}"
    if since:
        return f"Ouverts depuis le {french_date(since)}"
    return f"Ouverts avant le {french_date(until)}" if until else ""


def _label(value: str, choices: Iterable[Choice]) -> str:
    return next((one.label for one in choices if one.id == value), value)
