"""Plain names for the services and activities of a ticket, in place of the agreement's words."""

from __future__ import annotations

from ticketing.tickets import desk
from ticketing.web import vocabulary


def plain_label(service: str) -> str:
    """Return the plain name of a service; empty when it has none."""
    known = vocabulary.SERVICES.get(service)
    return known.label if known else ""


def plain_activity(label: str) -> str:
    """Return the form's answer for an activity: « Maintien en condition opérationnelle » -> « C'est en panne »."""
    activities = desk.router().conventions.activities
    return next(
        (vocabulary.ACTIVITY_ANSWERS.get(key, label) for key, known in activities.items() if known == label), label
    )
