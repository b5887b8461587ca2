"""How long an agreement binds: whether it is in force and why, its period, coming events and deadlines. Pure.

The days are those of the agreement (« Durée », « Résiliation »); an end that an administrator recorded prevails.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from matrix.days import months_after, years_after
from matrix.model import Citation, Convention, Recorded, Terms
from matrix.wording import capital, last_day, out_from, references
from matrix.wording import day as said

Reason = Literal["in_force", "not_yet", "lapsed", "ended"]
ComingKind = Literal["end", "renewal", "notice"]

#: The months ahead at which each alert is given. A tacit renewal binds for years and the parties meet once a year (IV),
#: so its alert comes a year ahead. The last day of notice and an end come half a year ahead, the time that letters and
#: a new agreement take.
AHEAD: dict[ComingKind, int] = {"renewal": 12, "notice": 6, "end": 6}

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """An event that the terms bring on a day, with a French sentence and the clauses that say so.

    An « end » is on the last day in force; its sentence also gives the first day out of force.
    """

    kind: ComingKind
    on: date
    sentence: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of an agreement on a day. `sentence` continues « En vigueur » or « N’est plus en vigueur ».

    `first` and `last` are the first and last day of the running period, or of the last one that ran; `last` is None
    where no end is written. `notice_by` is the last day on which notice still ends the agreement with this period.
    """

    in_force: bool
    reason: Reason
    sentence: str
    citations: tuple[Citation, ...]
    first: date
    last: date | None
    renews: bool
    notice_by: date | None


def ended_on(convention: Convention, recorded: Iterable[Recorded]) -> date | None:
    """The day from which an administrator recorded that the agreement no longer binds; None where nobody did."""
    days = [fact.on for fact in recorded if fact.kind == "end" and fact.convention == convention.id]
    return min(days, default=None)


def reason(convention: Convention, day: date, recorded: Iterable[Recorded] = ()) -> Reason:
    """Why the agreement binds or does not bind on a day, as a code."""
    terms, ended = convention.terms, ended_on(convention, recorded)
    if day < terms.starts:
        return "not_yet"
    if terms.ends is not None and day > terms.ends:
        return "lapsed"
    return "ended" if ended is not None and ended <= day else "in_force"


def in_force(convention: Convention, day: date, recorded: Iterable[Recorded] = ()) -> bool:
    """Whether the agreement binds on a day."""
    return reason(convention, day, recorded) == "in_force"


def standing(convention: Convention, day: date, recorded: Iterable[Recorded] = ()) -> Standing:
    """The state of an agreement on a day, by its terms."""
    recorded = tuple(recorded)
    terms, why, ended = convention.terms, reason(convention, day, recorded), ended_on(convention, recorded)
    first, last = _period(terms, day)
    renews = terms.tacit_renewal and why in ("in_force", "not_yet")
    # An end recorded for the day after a period also replaces its renewal.
    if ended is not None and (last is None or ended <= last + _DAY):
        last, renews = ended - _DAY, False
    notice = _notice_by(terms, last) if renews and last is not None else None
    citations = _distinct(terms.duration, terms.renewal if terms.tacit_renewal else None)
    sentence = _sentence(terms, why, first, last, renews, ended)
    return Standing(why == "in_force", why, sentence, citations, first, last, renews, notice)


def coming(convention: Convention, day: date, days: int, recorded: Iterable[Recorded] = ()) -> tuple[Coming, ...]:
    """The events of the next `days` days from `day`, the soonest first; empty where the agreement is not in force."""
    found = standing(convention, day, recorded)
    if not found.in_force or found.last is None:
        return ()
    terms, until = convention.terms, day + timedelta(days=days)
    events = []
    if found.renews:
        if found.notice_by is not None:
            events.append(Coming("notice", found.notice_by, _notice_sentence(terms, found), _notice_clauses(terms)))
        clauses = _distinct(terms.renewal or terms.duration, *_notice_clauses(terms))
        events.append(Coming("renewal", found.last + _DAY, _renewal_sentence(terms, found, day), clauses))
    else:
        events.append(Coming("end", found.last, _end_sentence(terms, found), (terms.duration,)))
    return tuple(event for event in sorted(events, key=lambda one: one.on) if day <= event.on <= until)


def alerts(convention: Convention, day: date, recorded: Iterable[Recorded] = ()) -> tuple[Coming, ...]:
    """The events to announce to the administrators of the agreement on `day`, each as far ahead as `AHEAD` says.

    The sentence of a renewal already gives the day of its notice, which then has no alert of its own.
    """
    found = [
        event
        for event in coming(convention, day, 31 * max(AHEAD.values()), recorded)
        if event.on <= months_after(day, AHEAD[event.kind])
    ]
    renewal = any(event.kind == "renewal" for event in found)
    return tuple(event for event in found if not (renewal and event.kind == "notice"))


def _period(terms: Terms, day: date) -> tuple[date, date | None]:
    """The period that runs on `day`; before the first one, the first; after an end, the last."""
    if not terms.tacit_renewal or terms.years is None:
        return terms.starts, terms.ends
    rank = max(0, (day.year - terms.starts.year) // terms.years - 1)
    while years_after(terms.starts, (rank + 1) * terms.years) <= day:
        rank += 1
    return years_after(terms.starts, rank * terms.years), years_after(terms.starts, (rank + 1) * terms.years) - _DAY


def _notice_by(terms: Terms, last: date) -> date | None:
    """The last day on which a notice of so many months still runs out by `last`."""
    if terms.notice_months is None:
        return None
    found = months_after(last, -terms.notice_months)
    while months_after(found, terms.notice_months) > last:
        found -= _DAY
    return found


def _sentence(terms: Terms, why: Reason, first: date, last: date | None, renews: bool, ended: date | None) -> str:
    place = references((terms.duration,))
    if why == "not_yet":
        return f"Prend effet le {said(terms.starts)} ({place})."
    if why == "ended":
        assert ended is not None
        return f"{capital(out_from(ended - _DAY))} : sa fin est enregistrée."
    if why == "lapsed":
        assert terms.ends is not None
        return f"{capital(out_from(terms.ends))}, sa durée étant achevée ({place})."
    since = f"Depuis le {said(terms.starts)}"
    if ended is not None and last is not None and not renews:
        return f"{since} ; {last_day(last)}. Sa fin est enregistrée."
    if last is None:
        return f"{since}, sans terme écrit ({place})."
    if renews:
        places = references(_distinct(terms.duration, terms.renewal))
        return (
            f"{since}. La période en cours va du {said(first)} au {said(last)}, puis l’accord se renouvelle "
            f"par tacite reconduction ({places})."
        )
    return f"{since} ; {last_day(last)}, sans reconduction ({place})."


def _renewal_sentence(terms: Terms, found: Standing, day: date) -> str:
    assert found.last is not None
    renews = f"Se renouvelle le {said(found.last + _DAY)} par tacite reconduction ({references(_renewal(terms))})"
    if found.notice_by is None:
        return f"{renews}."
    if terms.notice_for_breach:
        return f"{renews}. {_breach(terms, found.notice_by, found.notice_by < day)}."
    if found.notice_by < day:
        return f"{renews} ; le préavis pour cette échéance était à donner au plus tard le {said(found.notice_by)}."
    return f"{renews} ; {_ending(terms, found.notice_by)}."


def _notice_sentence(terms: Terms, found: Standing) -> str:
    assert found.last is not None and found.notice_by is not None
    if terms.notice_for_breach:
        return f"{_breach(terms, found.notice_by)}. L’accord se renouvelle le {said(found.last + _DAY)}."
    return f"{capital(_ending(terms, found.notice_by))}. Sans cela, il se renouvelle le {said(found.last + _DAY)}."


def _breach(terms: Terms, notice_by: date, past: bool = False) -> str:
    """What a notice for breach can end, and that there is none against a renewal (VI)."""
    verb, places = "était" if past else "est", references(_notice_clauses(terms))
    return (
        "Le texte ne prévoit pas de préavis contre la reconduction\u00a0: il prévoit une résiliation pour "
        f"non-respect d’une clause, après un préavis de {terms.notice_months} mois resté sans effet ({places}). "
        f"Pour qu’il s’achève avant cette échéance, ce préavis {verb} à donner au plus tard le {said(notice_by)}"
    )


def _ending(terms: Terms, notice_by: date) -> str:
    """How to end the agreement with its period, by a notice that its clause gives without any breach."""
    places = references(_notice_clauses(terms))
    return (
        f"pour y mettre fin à cette échéance, le préavis de {terms.notice_months} mois est à donner "
        f"au plus tard le {said(notice_by)}, dans les conditions du texte ({places})"
    )


def _end_sentence(terms: Terms, found: Standing) -> str:
    assert found.last is not None
    told = f"N’est plus en vigueur {out_from(found.last)}"
    if found.last != terms.ends:
        return f"{told} : sa fin est enregistrée."
    return f"{told}, sans reconduction ({references((terms.duration,))})."


def _renewal(terms: Terms) -> tuple[Citation, ...]:
    return (terms.renewal or terms.duration,)


def _notice_clauses(terms: Terms) -> tuple[Citation, ...]:
    return _distinct(terms.notice or terms.termination or terms.duration)


def _distinct(*citations: Citation | None) -> tuple[Citation, ...]:
    return tuple(dict.fromkeys(one for one in citations if one is not None))
