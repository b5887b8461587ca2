"""The ticket that the opening form asks for: its fields as they are typed, and for which établissement."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g

from ticketing import model, urgency
from ticketing.web.tickets import questions, subjects
from ticketing.web.tickets.calls.call import CALLER, REACH, Call
from ticketing.web.tickets.opening import deciding, sentence
from ticketing.web.tickets.opening.deciding import CHOICES, IMPACT, ROOM, URGENCY, Decided

TEXTS = ("title", "body", "on_behalf_of", "tag", "asset", ROOM)


def typed(values: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form or of the address, cut to a length that can be shown again.

    An address that names a user's line, as a label does, answers both questions on the user.
    """
    most = 2 * model.BODY_MAX
    found = {name: values.get(name, "").replace("\x00", "").replace("\r\n", "\n")[:most] for name in TEXTS}
    found |= {name: values.get(name, "").replace("\x00", "").strip()[:200] for name in (CALLER, REACH)}
    found |= {name: values.get(name, "").strip()[:60] for name in (*CHOICES, IMPACT, URGENCY)}
    usage, category = questions.usage(found[questions.USAGE], found["user_category"])
    return found | {questions.USAGE: usage, "user_category": category}


def place() -> str:
    """Return the établissement for which the page opens: that of the caller, else that of the active mandate."""
    taken = call()
    return taken.place if taken else str(g.actor.mandate.scope_id)


def call() -> Call | None:
    """Return the call that is being taken, None where one opens for oneself."""
    taken: Call | None = g.get("call")
    return taken


def groups() -> tuple[subjects.Group, ...]:
    """Return the services that the page offers, in families."""
    return subjects.groups(deciding.router().conventions, place(), str(g.actor.role))


def draft(filled: Mapping[str, str], decided: Decided) -> tuple[model.Draft, dict[str, str]]:
    """Return the ticket that the form asks for, and the errors by field of what could not be read."""
    errors = dict(decided.unread)
    if not filled["service"]:
        errors["service"] = "Choisissez le sujet de votre demande\u00a0: cherchez un mot, ou ouvrez une famille."
    if not filled["activity"]:
        errors["activity"] = "Dites de quoi il s’agit\u00a0: une panne, une installation, une question…"
    helps = decided.panel.helps
    title, body = sentence.title_and_body(filled["title"], filled["body"])
    wanted = model.Draft(
        etablissement=place(),
        service=filled["service"],
        activity=filled["activity"],
        facts=decided.asked_facts,
        incident=deciding.incident(filled, decided.panel, place()),
        impact=urgency.code(filled[IMPACT]) if IMPACT in helps else None,
        urgency=urgency.code(filled[URGENCY]) if URGENCY in helps else None,
        caller=model.Caller(filled[CALLER], filled[REACH]) if call() else None,
        **{name: filled[name] for name in TEXTS}
        | {"title": title, "body": body, ROOM: filled[ROOM] if ROOM in helps else ""},
    )
    return wanted, errors


def by_field(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the desk's errors by field of the form; an error that belongs to no field is shown at the top.

    Without any words only the sentence is missing: the story may stay empty.
    """
    fields = {*TEXTS, *CHOICES, IMPACT, URGENCY, CALLER, REACH, "files"}
    shown: dict[str, str] = {}
    for name, fault in errors.items():
        field = "files" if name in ("uploads", "file") else name
        shown[field if field in fields else ""] = fault
    if "title" in shown and "body" in shown:
        del shown["body"]
    return shown
