"""What an installation still lacks, line by line, as its administrator reads it on the home page.

Each line says where it stands in plain words, and leads to the page where it is done. When all is done, the list goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, true

from charters.database import db
from charters.days import today
from charters.model import Actor, Role
from charters.people import presence
from charters.tables.access import Account, MandateRow
from charters.tables.keys import Letter
from matrix import Conventions, terms
from matrix.wording import day as worded
from ticketing.amending import fills
from ticketing.arrivals import invitations
from ticketing.in_force import coverage, routing
from ticketing.operation import silence
from ticketing.tables import Notice

#: The file that a backup touches once it is whole, in the folder of data, and for how long it is recent.
BACKUP, BACKUP_DAYS = "derniere-sauvegarde", 8
#: How long before its end a calendar is said to end, and how old a failed mail may be to be told.
SOON, FAILED = timedelta(days=120), timedelta(days=7)
_HELP, _SENDINGS = "/aide/administrateur", "/administration/courriels/envois"


@dataclass(frozen=True, slots=True)
class Installation:
    """What the settings say: whether mails leave and come in, where the data are, whether all is invented."""

    mails_out: bool
    mails_in: bool
    data_dir: Path
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: what it is about, how it stands, the page where it is done and what to do there."""

    title: str
    state: str
    done: bool
    href: str
    act: str


def lines(actor: Actor, readable: Collection[str] | None, installation: Installation, now: datetime) -> list[Line]:
    """Return every line, done or not, in the order in which a new installation is filled."""
    assert actor.mandate is not None
    rules, day = routing.router(), today(now)
    academie = actor.mandate.scope_id
    own = _own(rules.conventions, academie)
    found = [
        _agreement(rules.conventions, own, day),
        *(_blank(rules.conventions, one, day) for one in own),
        _places(rules.conventions, academie, own),
        _posted(rules.conventions, academie, day),
        _keys(readable, now),
        _calendar(rules.conventions, day),
    ]
    if not installation.demo:
        found += [_mails_out(installation, readable, now), _mails_in(installation), _backup(installation, now)]
    return found


def _own(conventions: Conventions, academie: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(convention.id for convention, _ in conventions.under(academie)))


def _agreement(conventions: Conventions, own: Collection[str], day: date) -> Line:
    in_force = [one for one in own if terms.standing(conventions[one], day, routing.router().recorded).in_force]
    if in_force:
        state = f"{_several(len(in_force), 'accord est', 'accords sont')} en vigueur."
    else:
        state = "Aucun accord n’est en vigueur : rien ne peut être orienté."
    return Line("L’accord", state, bool(in_force), "/administration/accords", "Voir les accords")


def _blank(conventions: Conventions, convention: str, day: date) -> Line:
    count = _blanks(conventions, convention, day)
    state = f"{_several(count, 'case est blanche', 'cases sont blanches')} : lisez-les sur le papier signé."
    title = f"Les cases de l’accord « {conventions[convention].title} »"
    return Line(
        title,
        state if count else "Toutes les cases sont remplies.",
        not count,
        f"/administration/accords/{convention}",
        "Remplir",
    )


@lru_cache(maxsize=32)
def _blanks(conventions: Conventions, convention: str, day: date) -> int:
    return len(fills.blanks(routing.shipped()[convention], conventions, day))


def _places(conventions: Conventions, academie: str, own: Collection[str]) -> Line:
    count = len(coverage.covered(conventions, academie).etablissement)
    href = f"/administration/accords/{next(iter(own))}/etablissements" if own else "/administration/accords"
    state = f"{_several(count, 'établissement est', 'établissements sont')} dans vos accords." if count else "Aucun."
    return Line("Les établissements", state, bool(count), href, "Compléter depuis l’annuaire")


def _posted(conventions: Conventions, academie: str, day: date) -> Line:
    """Say how many établissements have nobody to open a ticket."""
    places = {key for key, _ in coverage.covered(conventions, academie).etablissement}
    held = db.session.scalars(
        select(MandateRow.scope_id).where(MandateRow.role == Role.CMI, presence.in_force(day)).distinct()
    )
    lacking = len(places - set(held))
    state = f"{_several(lacking, 'établissement n’a', 'établissements n’ont')} pas de correspondant informatique."
    return Line(
        "Les personnes",
        state if lacking else "Chaque établissement a son correspondant informatique.",
        not lacking,
        "/administration/comptes/import",
        "Importer une liste",
    )


def _keys(readable: Collection[str] | None, now: datetime) -> Line:
    count = invitations.count(readable, now)
    state = f"{_several(count, 'personne n’a', 'personnes n’ont')} pas encore de clé active."
    return Line(
        "Les clés",
        state if count else "Chacun a sa clé.",
        not count,
        "/administration/invitations",
        "Inviter",
    )


def _calendar(conventions: Conventions, day: date) -> Line:
    last = conventions.calendar.last
    done = last is not None and last > day + SOON
    state = "Aucun calendrier scolaire n’est connu."
    if last is not None:
        state = f"Le calendrier scolaire est connu jusqu’au {worded(last)}{'' if done else ' : il en faudra un autre'}."
    return Line("Le calendrier", state, done, f"{_HELP}#calendrier", "Savoir comment")


def _mails_out(installation: Installation, readable: Collection[str] | None, now: datetime) -> Line:
    if not installation.mails_out:
        state = "Aucun serveur de mail n’est réglé : les messages restent dans un dossier, personne ne les reçoit."
        return Line("Les mails qui partent", state, False, f"{_HELP}#mails", "Savoir comment")
    if silence.kept(installation.data_dir):
        state = "C’est une copie restaurée : aucun message n’en part, « guichet release » le permettra."
        return Line("Les mails qui partent", state, False, f"{_HELP}#sauvegarde", "Savoir comment")
    failed = _failed(Letter, Letter.account_id, readable, now) + _failed(Notice, Notice.recipient_id, readable, now)
    if not failed:
        return Line("Les mails qui partent", "Les messages partent.", True, _SENDINGS, "Voir")
    state = f"{_several(failed, 'message n’a pas pu partir', 'messages n’ont pas pu partir')} cette semaine."
    return Line("Les mails qui partent", state, False, _SENDINGS, "Voir lesquels")


def _failed(table: Any, owner: Any, readable: Collection[str] | None, now: datetime) -> int:
    """Return how many recent mails did not reach people whom the actor administers."""
    query = (
        select(func.count())
        .select_from(table)
        .join(Account, Account.id == owner)
        .where(
            table.state.in_(("failed", "bounced")),
            table.created_at > now - FAILED,
            true() if readable is None else Account.organisation.in_(readable),
        )
    )
    return int(db.session.scalar(query) or 0)


def _mails_in(installation: Installation) -> Line:
    if installation.mails_in:
        return Line("Les mails qui arrivent", "Une boîte est relevée.", True, f"{_HELP}#mails", "Savoir comment")
    state = "Aucune boîte n’est relevée : les réponses par mail n’entrent pas dans les tickets."
    return Line("Les mails qui arrivent", state, False, f"{_HELP}#mails", "Savoir comment")


def _backup(installation: Installation, now: datetime) -> Line:
    age = backup_age(installation.data_dir, now)
    if age is None:
        state = "Aucune sauvegarde n’est connue de Guichet."
        return Line("La sauvegarde", state, False, f"{_HELP}#sauvegarde", "Savoir comment")
    state = f"La dernière date de {_several(age, 'jour', 'jours')}." if age > 0 else "La dernière date d’aujourd’hui."
    return Line("La sauvegarde", state, age <= BACKUP_DAYS, f"{_HELP}#sauvegarde", "Savoir comment")


def backup_age(data: Path, now: datetime) -> int | None:
    """Return the age of the last backup in days, as the mark in the folder of data says; None: none is known."""
    try:
        at = (data / BACKUP).stat().st_mtime
    except OSError:
        return None
    return max(int((now.timestamp() - at) // 86400), 0)


def _several(count: int, one: str, many: str) -> str:
    number = f"{count:,}".replace(",", "\u202f")
    return f"{number} {many if count > 1 else one}"
