"""Steps of a ticket as its page names them: addresses, words, and the call of the desk that each form makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from charters.model import Actor
from matrix.request_facts import DECLARED
from matrix.wording import capital, of, small, with_article
from ticketing import steps, urgency
from ticketing.errors import Invalid
from ticketing.formats import french_date
from ticketing.model import HAND_ON_LABELS, HOLD_LABELS, WITHDRAW_LABELS, Kind, Step, Upload, may_be_number
from ticketing.tickets import desk
from ticketing.tickets.bonds.splitting import Part
from ticketing.web import vocabulary
from ticketing.web.tickets import questions
from ticketing.web.tickets.contests import lines as contest_lines
from ticketing.workbench import giving

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: The value that the form sends to stop sharing a ticket with anybody.
NOBODY = "personne"
#: Longest text taken from a form field, in characters: well over the desk's limit, so that the desk may refuse it.
_MOST = 50_000


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a step: fields without prefix, the version that the page showed, its files, its one-time token."""

    version: int
    fields: Mapping[str, str]
    files: Sequence[Upload]
    token: str | None

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step: its address, its name in `TicketView.steps`, its label, the message once done, the call that it makes."""

    slug: str
    name: str
    label: str
    done: str
    act: Callable[[Actor, int, Form, datetime], None]


def _comment(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.comment(
        actor,
        number,
        form["texte"],
        visibility=form["visibilite"],
        uploads=list(form.files),
        now=now,
        token=form.token,
    )


def _take_charge(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.take_charge(actor, number, form.version, now)


def _assign(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.assign(actor, number, form.version, whole(form["compte"]), now)


def _hold(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.hold(actor, number, form.version, form["raison"], form["texte"], now, form["jour"])


def _resume(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.resume(actor, number, form.version, now)


def _resolve(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.resolve(actor, number, form.version, form["texte"], now)


def _confirm(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.confirm(actor, number, form.version, now)


def _reopen(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.reopen(actor, number, form.version, form["texte"], now)


def _close(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.close(actor, number, form.version, form["texte"], now)


def _correct_facts(actor: Actor, number: int, form: Form, now: datetime) -> None:
    facts, _, errors = questions.read_facts(form.fields)
    if errors:
        raise Invalid(errors)
    fields = {"service": form["service"], "activity": form["activity"], **facts}
    desk.correct_facts(actor, number, form.version, fields, form["texte"], now)


def _hand_on(actor: Actor, number: int, form: Form, now: datetime) -> None:
    letter = desk.Letter(form["controle"], form["clause"], form["attendu"])
    desk.hand_on(actor, number, form.version, form["partie"], form["raison"], form["texte"], now, letter)


def _contest(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.contest(actor, number, form.version, form["texte"], now, form["clause"])


def _share(actor: Actor, number: int, form: Form, now: datetime) -> None:
    account = whole(form["compte"])
    if account is None and form["compte"] != NOBODY:
        raise Invalid({"account_id": "Choisissez avec qui partager le ticket."})
    desk.share(actor, number, form.version, account, now)


def _make_confidential(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.make_confidential(actor, number, form.version, form["oui"] == "1", form["texte"], now)


def _mask(actor: Actor, number: int, form: Form, now: datetime) -> None:
    event = whole(form["evenement"])
    if event is None:
        raise Invalid({"event_id": "Choisissez le texte à masquer."})
    desk.mask(actor, number, event, form["texte"], now)


def _answer(actor: Actor, number: int, form: Form, now: datetime) -> None:
    facts, _, errors = questions.read_facts(form.fields)
    if errors:
        raise Invalid(errors)
    desk.answer(actor, number, form.version, {**facts, "service": form["service"], "activity": form["activity"]}, now)


def _amend(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.amend(actor, number, form.version, form["titre"], form["texte"], now)


def _adjust(actor: Actor, number: int, form: Form, now: datetime) -> None:
    asked = {name: form[field] for name, field in ADJUSTED.items() if field in form.fields}
    desk.adjust(actor, number, form.version, asked, form["texte"], now)


def _withdraw(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.withdraw(actor, number, form.version, form["raison"], form["texte"], now)


def _merge(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.merge(actor, number, form.version, ticket_number(form["numero"]), form["texte"], now)


def _unmerge(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.unmerge(actor, number, form.version, form["texte"], now)


def _follow(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.follow(actor, number, form.version, ticket_number(form["numero"]), form["texte"], now)


def _unfollow(actor: Actor, number: int, form: Form, now: datetime) -> None:
    desk.unfollow(actor, number, form.version, now)


def _split(actor: Actor, number: int, form: Form, now: datetime) -> None:
    part = Part(whole(form["evenement"]), form["titre"], form["texte"], form["service"], form["activity"])
    desk.split(actor, number, form.version, part, now)


#: What a correction of place and urgency asks: field of the desk -> field of the form.
ADJUSTED = {"room": "salle", "impact": "gene", "urgency": "travail"}
#: Step with a form -> the function that calls the desk for it.
_CALLS: Mapping[Step, Callable[[Actor, int, Form, datetime], None]] = {
    Step.COMMENT: _comment,
    Step.TAKE_CHARGE: _take_charge,
    Step.ASSIGN: _assign,
    Step.HOLD: _hold,
    Step.RESUME: _resume,
    Step.RESOLVE: _resolve,
    Step.CONFIRM: _confirm,
    Step.REOPEN: _reopen,
    Step.CLOSE: _close,
    Step.CORRECT_FACTS: _correct_facts,
    Step.HAND_ON: _hand_on,
    Step.CONTEST: _contest,
    Step.SHARE: _share,
    Step.MAKE_CONFIDENTIAL: _make_confidential,
    Step.MASK: _mask,
    Step.ANSWER: _answer,
    Step.AMEND: _amend,
    Step.ADJUST: _adjust,
    Step.WITHDRAW: _withdraw,
    Step.MERGE: _merge,
    Step.UNMERGE: _unmerge,
    Step.FOLLOW: _follow,
    Step.UNFOLLOW: _unfollow,
    Step.SPLIT: _split,
}
STEPS: Mapping[str, StepPage] = {
    line.slug: StepPage(line.slug, step.value, line.label, line.done, _CALLS[step])
    for step, line in steps.STEPS.items()
    if line.slug
}
SLUGS: Mapping[str, str] = {step.name: slug for slug, step in STEPS.items()}

#: Field of the desk -> field of the form, without prefix.
_FIELDS = {
    "words": "texte",
    "body": "texte",
    "solution": "texte",
    "text": "texte",
    "reason": "raison",
    "to_party": "partie",
    "party": "partie",
    "uploads": "fichiers",
    "files": "fichiers",
    "file": "fichiers",
    "visibility": "visibilite",
    "account_id": "compte",
    "account": "compte",
    "event_id": "evenement",
    "title": "titre",
    "until": "jour",
    "checked": "controle",
    "expected": "attendu",
    "number": "numero",
    "room": "salle",
    "impact": "gene",
    "urgency": "travail",
}


def read(slug: str, values: Mapping[str, str], files: Sequence[Upload]) -> Form:
    """Return the form of a step, from the values posted (name -> text) and the files."""
    prefix = f"{slug}-"
    fields = {
        name[len(prefix) :]: text.replace("\x00", "").replace("\r\n", "\n")[:_MOST]
        for name, text in values.items()
        if name.startswith(prefix)
    }
    return Form(whole(values.get("version", "")) or 0, fields, files, one_time(values) or None)


def one_time(values: Mapping[str, str]) -> str:
    """Return the one-time token of a form, empty when there is none; without NUL, which the database refuses."""
    return values.get("token", "").replace("\x00", "")[:64]


def faults(slug: str, errors: Mapping[str, str]) -> dict[str, str]:
    """Return the desk's errors by field of the page; an error that belongs to no field has the key ""."""
    return {f"{slug}-{_FIELDS.get(name, name)}" if name else "": sentence for name, sentence in errors.items()}


def whole(text: str) -> int | None:
    """Return the positive whole number that a text of a form or an address holds, or None."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def ticket_number(text: str) -> int:
    """Return the number of a ticket however it is typed (« n° 388 »). Raises Invalid on the field « number »."""
    found = whole(text.replace("\u00a0", " ").replace("n°", "").replace("N°", "").replace(" ", ""))
    if found is None or not may_be_number(found):
        raise Invalid({"number": "Donnez le numéro d’un ticket, comme 388."})
    return found


HOLD_REASONS = tuple((reason.value, label) for reason, label in HOLD_LABELS.items())
WITHDRAW_REASONS = tuple((reason.value, label) for reason, label in WITHDRAW_LABELS.items())
HAND_ON_REASONS = tuple((reason.value, label) for reason, label in HAND_ON_LABELS.items())


def look(kind: str, data: Mapping[str, Any]) -> steps.EntryLine:
    """Return how an entry of the history is titled and drawn."""
    return steps.ENTRIES[steps.entry_name(kind, data)]


def lines(kind: str, data: Mapping[str, Any]) -> list[str]:
    """Return what an entry says besides its words: who took the ticket from whom, which facts changed, why it waits."""
    said: list[str] = []
    name = str(data.get("name", ""))
    match kind:
        case Kind.OPENED if name:
            said.append(f"Confié à : {name}.")
        case Kind.HANDED_ON if name:
            said.append(f"{data.get('from_name', '')} → {name}.")
        case Kind.CONTESTED if name:
            said.append(f"Rendu à : {name}.")
        case Kind.DECISION if name:
            said.extend(_changes(data.get("changes") or {}))
            said.append(f"Selon la nouvelle décision, le ticket est à : {name}.")
        case Kind.ADJUSTED:
            said.extend(_adjusted(data))
        case Kind.TAKEN if data.get("previous"):
            said.append(f"À la place {of(data['previous'])}.")
        case Kind.ASSIGNED:
            said.extend(_given(data))
        case Kind.RELEASED if data.get("previous"):
            said.append(f"{data['previous']} ne suit plus ce ticket.")
        case Kind.RETURNED if data.get("person"):
            said.append(f"{data['person']} le suit de nouveau.")
        case Kind.SHARED if data.get("lapsed"):
            said.append(f"Le partage avec {name} prend fin.")
        case Kind.SHARED:
            said.append(f"Avec {name}." if data.get("shared") else "Avec personne désormais.")
        case Kind.CONFIDENTIAL:
            said.append("Le ticket devient confidentiel." if data.get("on") else "Le ticket n’est plus confidentiel.")
    said.extend(contest_lines.lines(kind, data))
    if kind == Kind.AMENDED:
        said.append("Le texte d’avant :")
    if data.get("duty_label"):
        said.append(f"Démarche faite : {small(data['duty_label'])}.")
    if data.get("until"):
        said.append(f"Jusqu’au {french_date(datetime.fromisoformat(data['until']))} ; le ticket reprend alors.")
    if data.get("reason_label") and kind != Kind.QUESTION:
        said.append(f"{data['reason_label']}.")
    return said


def _adjusted(data: Mapping[str, Any]) -> list[str]:
    """Return what a correction of place and urgency changed, from both values; rooms go with personal data."""
    changes = {**data["changes"], **({"room": data["rooms"]} if "rooms" in data else {})}
    before, after = ({name: pair[rank] for name, pair in changes.items()} for rank in (0, 1))
    kept = ["Ce qui est promis au demandeur ne change pas."] if data.get("promised") else []
    return [f"{line}." for line in urgency.changed(before, after)] + kept


def _given(data: Mapping[str, Any]) -> list[str]:
    """Return to whom a ticket was given, and by which rule where the program did it."""
    rule = giving.SAID.get(data.get("rule", ""))
    ruled = [f"Selon la règle d’attribution de sa partie : {rule}."] if rule else []
    return [f"À {data.get('person', '')}.", *ruled]


def _changes(changes: Mapping[str, Any]) -> list[str]:
    """Return changes in words, from column -> [before, after]; where a column has its own label, the label is shown."""
    said = []
    for field, (before, after) in changes.items():
        if f"{field}_label" not in changes:
            label = FACT_LABELS.get(field.removesuffix("_label"), field)
            said.append(f"{label} : {shown(before)} → {shown(after)}")
    return said


FACT_LABELS = {
    "service": "Sujet",
    "activity": "Demande",
    **{name: fact.label for name, fact in DECLARED.items()},
}


def shown(value: Any) -> str:
    """Return a fact in plain words; « non précisé » when it is unknown."""
    if value is None or value == "":
        return "non précisé"
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value)
    if _DAY.fullmatch(text):
        return french_date(date.fromisoformat(text))
    return vocabulary.PAYERS.get(text) or _declared(text)


def _declared(text: str) -> str:
    """Return the name of a party that an agreement declares itself; the text where it is none."""
    conventions = desk.router().conventions
    if text not in conventions.vocabulary.declared:
        return text
    bodies = (one.parties.get(text) for one in conventions)
    return next((capital(with_article(body.name)) for body in bodies if body is not None), text)
