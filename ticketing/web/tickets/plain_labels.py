"""What people call the services and activities of a ticket, in the place of the agreement's words."""

from __future__ import annotations

from ticketing.tickets import desk
from ticketing.web import vocabulary


def plain_label(service: str) -> str:
    """What people call a service; empty for one that has no plain words."""
    known = vocabulary.SERVICES.get(service)
    return known.label if known else ""


def plain_activity(label: str) -> str:
    """« Maintien en condition opérationnelle » -> « C'est en panne »: the answer that the form offers for it."""
    activities = desk.router().conventions.activities
    return next(
        (vocabulary.ACTIVITY_ANSWERS.get(key, label) for key, known in activities.items() if known == label), label
    )
