"""Accounts (five pieces of information, annexe 6, 2.1), mandates, ends of activity, suspended collectivités (VIII)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.model import Actor, Role
from charters.people import leaving, sigles
from charters.tables.access import Account, MandateRow, OrganisationSuspension, WebSession

SIGLE = re.compile(r"[a-z0-9](?:[a-z0-9.\-]{0,30}[a-z0-9])")
#: ASCII only, and characters that a mail header takes unquoted: an accent in an address is a typing error.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

#: Field -> (longest value, sentence when it is missing). All five are required (annexe 6, 2.1).
WANTED = {
    "last_name": (80, "Indiquez le nom."),
    "first_name": (80, "Indiquez le prénom."),
    "company": (120, "Indiquez la société ou la collectivité qui emploie la personne."),
    "email": (254, "Indiquez l’adresse mail."),
    "function": (120, "Indiquez la fonction."),
}


@dataclass(frozen=True, slots=True)
class AccountForm:
    """The form to create an account; `external` is None when unanswered. `ends_on` is an ISO day or empty."""

    sigle: str = ""
    last_name: str = ""
    first_name: str = ""
    company: str = ""
    email: str = ""
    function: str = ""
    organisation: str = ""
    external: bool | None = None
    ends_on: str = ""


def create_account(form: AccountForm, *, actor: Actor | None, now: datetime) -> int:
    """Create an account and return its id. Raises Invalid with a sentence for every fault at once."""
    account = unsaved(form, now)
    print_ = sigles.mark(account.sigle)
    try:
        with writing() as session:
            account.created_at = written_at(now)
            taken = session.scalar(select(Account.id).where(Account.sigle == account.sigle)) is not None
            if taken or sigles.retired(print_):
                raise Invalid({"sigle": TAKEN})
            session.add(account)
            session.flush()
            record_created(account, actor, account.created_at)
    except IntegrityError as error:  # two creations at the same moment
        raise Invalid({"sigle": TAKEN}) from error
    return account.id


def unsaved(form: AccountForm, now: datetime) -> Account:
    """Return the account that a form asks for, not written yet. Raises Invalid with a sentence for every fault."""
    clean = {item.name: squeeze(getattr(form, item.name)) for item in fields(form) if item.name != "external"}
    clean["sigle"] = clean["sigle"].lower()
    faults = _faults(clean, form.external)
    ends_on = read_day(clean["ends_on"], "ends_on", faults)
    if ends_on and ends_on < today(now):
        faults.setdefault("ends_on", "La fin d’activité ne peut pas être déjà passée.")
    if faults:
        raise Invalid(faults)
    return Account(
        **{name: clean[name] for name in ("sigle", *WANTED, "organisation")},
        external=form.external,
        ends_on=ends_on,
        created_at=now,
        generation=1,
    )


def record_created(account: Account, actor: Actor | None, now: datetime) -> None:
    """Write the journal line of a new account."""
    details = {"external": account.external, "organisation": account.organisation}
    audit.record("account.created", actor=actor, subject=account.sigle, now=now, details=details)


TAKEN = "Ce sigle a déjà été attribué. Un sigle ne sert jamais à deux personnes, même après un départ."


def account_id(sigle: str) -> int:
    """The id of an account by its sigle; raises NotFound."""
    found = db.session.scalar(select(Account.id).where(Account.sigle == sigle.strip().lower()))
    if found is None:
        raise NotFound(sigle)
    return found


def end_account(account_id: int, on: str | date, *, actor: Actor | None, now: datetime) -> None:
    """Record the last day of activity. Sessions close at once if that day is past; mandates end on it at the latest.

    This does not resume an activity that is over: see `resume_account`. Raises Invalid for a day that cannot be read or
    accepted, NotFound.
    """
    faults: dict[str, str] = {}
    day = on if isinstance(on, date) else read_day(squeeze(on), "ends_on", faults)
    if day is None:
        raise Invalid(faults or {"ends_on": "Indiquez le dernier jour d’activité."})
    with writing() as session:
        now = written_at(now)
        account = _locked(account_id)
        if account.ends_on is not None and account.ends_on < today(now) and day > account.ends_on:
            raise Invalid({"ends_on": "L’activité est déjà terminée. Si la personne revient, reprenez son activité."})
        account.ends_on = day
        session.execute(
            update(MandateRow)
            .where(MandateRow.account_id == account_id, or_(MandateRow.ends_on.is_(None), MandateRow.ends_on > day))
            .values(ends_on=day)
        )
        if day < today(now):
            end_sessions(Account.id == account_id, now)
        audit.record("account.ended", actor=actor, subject=account.sigle, now=now, details={"on": day.isoformat()})
        leaving.let_go([account_id], now)


def resume_account(account_id: int, *, actor: Actor | None, now: datetime) -> None:
    """Resume an activity that had ended, under the same sigle (annexe 6, 2.2).

    Mandates are not restored: each must be given again. Raises Refused where there is nothing to resume, NotFound.
    """
    with writing():
        now = written_at(now)
        account = _locked(account_id)
        if account.pseudonymised_at is not None:
            raise Refused("Les données de ce compte sont effacées : créez un compte, sous un autre sigle.")
        if account.ends_on is None or account.ends_on >= today(now):
            raise Refused("Cette personne est en activité.")
        details = {"from": account.ends_on.isoformat()}
        account.ends_on = None
        audit.record("account.resumed", actor=actor, subject=account.sigle, now=now, details=details)


# Seven parameters: a mandate has a person, a role, a scope and two days, and every act has an actor and a time.
def add_mandate(
    account_id: int,
    role: str,
    scope_id: str,
    starts_on: str | date,
    ends_on: str | date | None = None,
    *,
    actor: Actor | None,
    now: datetime,
) -> int:
    """Give a person a mandate (days inclusive) and return its id. It ends with the person's activity at the latest.

    The caller, which knows the agreements, checks that the scope exists. Raises Invalid (by field), NotFound.
    """
    start, end = mandate_days(role, scope_id, starts_on, ends_on)
    with writing() as session:
        now = written_at(now)
        account = _locked(account_id)
        if account.ends_on is not None and (end is None or end > account.ends_on):
            end = account.ends_on
            if end < start:
                raise Invalid({"starts_on": "L’activité de cette personne sera déjà terminée à cette date."})
        mandate = MandateRow(account_id=account_id, role=role, scope_id=scope_id, starts_on=start, ends_on=end)
        if session.scalar(_same_mandate(mandate)) is not None:
            raise Invalid({"starts_on": "Cette personne a déjà ce mandat à ces dates."})
        session.add(mandate)
        session.flush()
        record_given(account.sigle, mandate, actor, now)
    return mandate.id


def record_given(sigle: str, mandate: MandateRow, actor: Actor | None, now: datetime) -> None:
    """Write the journal line of a new mandate of this person."""
    days = {"from": mandate.starts_on.isoformat(), "to": mandate.ends_on and mandate.ends_on.isoformat()}
    details = {"role": mandate.role, "scope": mandate.scope_id, **days}
    audit.record("mandate.created", actor=actor, subject=sigle, now=now, details=details)


def mandate_days(
    role: str, scope_id: str, starts_on: str | date, ends_on: str | date | None
) -> tuple[date, date | None]:
    """Return the first and last day of a mandate as typed. Raises Invalid, for a role or a scope too."""
    faults: dict[str, str] = {}
    if role not in set(Role):
        faults["role"] = "Choisissez un rôle dans la liste."
    if not squeeze(scope_id):
        faults["scope_id"] = "Choisissez l’établissement, la collectivité ou l’académie."
    start = starts_on if isinstance(starts_on, date) else read_day(squeeze(starts_on), "starts_on", faults)
    end = ends_on if isinstance(ends_on, date) else read_day(squeeze(ends_on or ""), "ends_on", faults)
    if start is None:
        faults.setdefault("starts_on", "Indiquez le premier jour du mandat.")
    elif end is not None and end < start:
        faults["ends_on"] = "Le mandat ne peut pas finir avant d’avoir commencé."
    if faults:
        raise Invalid(faults)
    assert start is not None
    return start, end


def _same_mandate(mandate: MandateRow) -> Select[int]:
    """The query of a mandate of the same person, role and scope that has a day in common with this one."""
    query = select(MandateRow.id).where(
        MandateRow.account_id == mandate.account_id,
        MandateRow.role == mandate.role,
        MandateRow.scope_id == mandate.scope_id,
        or_(MandateRow.ends_on.is_(None), MandateRow.ends_on >= mandate.starts_on),
    )
    if mandate.ends_on:
        query = query.where(MandateRow.starts_on <= mandate.ends_on)
    return query.limit(1)


def end_mandate(mandate_id: int, on: str | date, *, actor: Actor | None, now: datetime) -> None:
    """End a mandate on a day (inclusive): a day before today closes it at once.

    A day later than its present end is refused, since that would extend the mandate. Raises Invalid, NotFound.
    """
    faults: dict[str, str] = {}
    day = on if isinstance(on, date) else read_day(squeeze(on), "ends_on", faults)
    if day is None:
        raise Invalid(faults or {"ends_on": "Indiquez le dernier jour du mandat."})
    with writing() as session:
        now = written_at(now)
        mandate = session.get(MandateRow, mandate_id, with_for_update=True)
        if mandate is None:
            raise NotFound(str(mandate_id))
        if mandate.ends_on is not None and day > mandate.ends_on:
            over = f"{mandate.ends_on:%d/%m/%Y}"
            raise Invalid({"ends_on": f"Ce mandat finit déjà le {over} : pour qu’il dure, donnez-en un autre."})
        mandate.ends_on = max(day, mandate.starts_on - timedelta(days=1))  # never started: an empty span
        sigle = _locked(mandate.account_id).sigle  # the lock waits for what the person is writing (`sessions`)
        details = {"role": mandate.role, "scope": mandate.scope_id, "on": day.isoformat()}
        audit.record("mandate.ended", actor=actor, subject=sigle, now=now, details=details)
        leaving.let_go([mandate.account_id], now)


def suspend_organisation(organisation: str, reason: str, *, actor: Actor | None, now: datetime) -> int:
    """Suspend the access of everyone of a collectivité (VIII) and return their number. Raises Invalid, Refused.

    The tickets in these people's charge go back to the queue; the rest stays as it is (`leaving`).
    """
    reason = squeeze(reason)
    if not reason:
        raise Invalid({"reason": "Indiquez le motif de la suspension."})
    if actor and actor.mandate and organisation == actor.mandate.scope_id:
        raise Refused("L’académie ne peut pas suspendre son propre accès.")
    with writing() as session:
        now = written_at(now)
        people = (
            session.scalar(select(func.count()).select_from(Account).where(Account.organisation == organisation)) or 0
        )
        if not people:
            raise Invalid({"organisation": "Personne n’est rattaché à cette collectivité."})
        if is_suspended(organisation):
            raise Refused("L’accès de cette collectivité est déjà suspendu.")
        holders = select(MandateRow.account_id).where(MandateRow.scope_id == organisation)
        concerned = or_(Account.organisation == organisation, Account.id.in_(holders))
        session.execute(select(Account.id).where(concerned).order_by(Account.id).with_for_update())  # as for a mandate
        by = actor.sigle if actor else ""
        session.add(
            OrganisationSuspension(organisation=organisation, reason=reason[:2000], suspended_at=now, suspended_by=by)
        )
        end_sessions(Account.organisation == organisation, now)
        details = {"reason": reason[:500]}
        audit.record("organisation.suspended", actor=actor, subject=organisation, now=now, details=details)
        leaving.let_go(None, now)
    return people


def restore_organisation(organisation: str, *, actor: Actor | None, now: datetime) -> None:
    """Lift a suspension: people can log in again, but their old sessions stay closed. Raises NotFound.

    The tickets that they had in charge, and that nobody took meanwhile, are theirs again (`leaving`).
    """
    with writing() as session:
        now = written_at(now)
        row = session.scalar(
            select(OrganisationSuspension)
            .where(OrganisationSuspension.organisation == organisation, OrganisationSuspension.lifted_at.is_(None))
            .with_for_update()
        )
        if row is None:
            raise NotFound(organisation)
        row.lifted_at, row.lifted_by = now, actor.sigle if actor else ""
        audit.record("organisation.restored", actor=actor, subject=organisation, now=now)
        leaving.give_back(row.suspended_at, now)


def is_suspended(organisation: str) -> bool:
    """Whether this organisation's access is suspended now."""
    row = OrganisationSuspension
    held = select(row.id).where(row.organisation == organisation, row.lifted_at.is_(None))
    return db.session.scalar(held) is not None


def expire(now: datetime) -> int:
    """Close, for the scheduler, the sessions of people whose activity ended yesterday. Returns their number.

    Every request checks the dates of mandates and activities itself; this only tidies the rows.
    """
    with writing() as session:
        now = written_at(now)
        closed = session.execute(
            update(WebSession)
            .where(
                WebSession.closed_at.is_(None),
                WebSession.account_id.in_(select(Account.id).where(Account.ends_on < today(now))),
            )
            .values(closed_at=now)
        )
    return int(closed.rowcount)  # type: ignore[attr-defined]


def squeeze(text: str) -> str:
    """The text trimmed, with each run of blanks (also no-break) as one space and without unprintable characters."""
    return " ".join("".join(letter for letter in text if letter.isprintable() or letter.isspace()).split())


def _faults(clean: dict[str, str], external: bool | None) -> dict[str, str]:
    faults = {}
    if not clean["sigle"]:
        faults["sigle"] = "Choisissez un sigle, par exemple p.durand."
    elif not SIGLE.fullmatch(clean["sigle"]):
        faults["sigle"] = "Un sigle compte 2 à 32 caractères : lettres sans accent, chiffres, points et traits d’union."
    faults |= identity_faults(clean)
    if not clean["organisation"]:
        faults["organisation"] = "Choisissez la collectivité, l’académie ou l’établissement de rattachement."
    elif len(clean["organisation"]) > 120:
        faults["organisation"] = "Ne dépassez pas 120 caractères."
    if external is None:
        faults["external"] = "Dites si la personne est extérieure à l’Éducation nationale."
    return faults


def identity_faults(clean: Mapping[str, str]) -> dict[str, str]:
    """The faults, by field, of the five pieces of information (annexe 6, 2.1), trimmed."""
    faults = {}
    for field, (size, sentence) in WANTED.items():
        if not legible(clean[field]):
            faults[field] = sentence
        elif len(clean[field]) > size:
            faults[field] = f"Ne dépassez pas {size} caractères."
    if "email" not in faults and not _EMAIL.fullmatch(clean["email"]):
        faults["email"] = "Cette adresse mail n’est pas valable : nom@domaine.fr, sans accent."
    return faults


def legible(text: str) -> bool:
    """Whether a text contains something to read; punctuation alone is not a name."""
    return any(letter.isalnum() for letter in text)


def read_day(text: str, field: str, faults: dict[str, str]) -> date | None:
    """The day of an ISO text, None when empty; a text that is not a day of this century adds a sentence to `faults`."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        faults[field] = "Cette date n’existe pas : écrivez-la jour, mois, année."
        return None
    return day


def _locked(account_id: int) -> Account:
    account = db.session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound(str(account_id))
    return account


def end_sessions(condition: object, now: datetime) -> None:
    """Close the sessions of these accounts; the new generation also invalidates one being opened at this moment."""
    session = db.session
    ids = select(Account.id).where(condition)  # type: ignore[arg-type]
    session.execute(
        update(WebSession).where(WebSession.account_id.in_(ids), WebSession.closed_at.is_(None)).values(closed_at=now)
    )
    session.execute(update(Account).where(condition).values(generation=Account.generation + 1))  # type: ignore[arg-type]


def shut_out(ends_on: date | None, organisation: str, now: datetime) -> bool:
    """Whether a person's links are invalid: the activity is over, or the collectivité's access is suspended (VIII)."""
    return (ends_on is not None and ends_on < today(now)) or is_suspended(organisation)
