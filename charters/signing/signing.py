"""Charters: published versions, and signatures with their proofs (annexe 6, 2.2 and 4).

A published text never changes: a new version is another row, and the people concerned must sign it to continue.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, insert, or_, select, true
from sqlalchemy.exc import IntegrityError

from charters.database import db, writing, written_at
from charters.days import today
from charters.errors import Invalid, NotFound, Refused
from charters.journal import audit
from charters.model import Actor
from charters.rules import rules
from charters.signing import signatures
from charters.tables.access import Account, CharterText, OtpKey, Signature

LONGEST, LINES, SHORTEST, CHANGES_MAX = 100_000, 1_000, 200, 500
_OVERTAKEN = (
    "La version {} vient d’être publiée par quelqu’un d’autre. Votre texte est gardé ci-dessous ; comparez-le à cette "
    "version avant de publier."
)


@dataclass(frozen=True, slots=True)
class CharterView:
    """A published charter: the text to read, and the fingerprint that will prove which text was signed."""

    kind: str
    title: str
    version: int
    markdown: str
    sha256: str
    published_at: datetime
    published_by: str
    for_staff: bool
    changes: str


@dataclass(frozen=True, slots=True)
class Concerned:
    """The numbers of people in activity who must sign a version."""

    external: int
    staff: int

    @property
    def people(self) -> int:
        return self.external + self.staff


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with the exact text that was signed."""

    account_id: int
    evidence: signatures.Evidence
    charter: CharterView


def publish_shipped_charters(now: datetime) -> tuple[str, ...]:
    """Publish the texts that ship with the program for charters without any version. Returns those published."""
    published = []
    with writing() as session:
        now = written_at(now)
        known = set(session.scalars(select(CharterText.kind).distinct()))
        for kind in signatures.KINDS:
            if kind not in known:
                text = files("charters").joinpath("texts", f"{kind}-1.md").read_text(encoding="utf-8")
                publish_charter(kind, text, actor=None, now=now)
                published.append(kind)
    return tuple(published)


# Seven parameters: the properties of a version have defaults, which the shipped texts use.
def publish_charter(
    kind: str,
    markdown: str,
    *,
    actor: Actor | None,
    now: datetime,
    for_staff: bool | None = None,
    changes: str = "",
    base: int | None = None,
) -> int:
    """Publish a version of a charter and return its number; the people concerned must sign it to continue.

    `for_staff` None: as in the version in force. `base`: the version that the writer was editing; raises Refused when
    another was published since. Raises NotFound, Invalid({field: sentence}).
    """
    if kind not in signatures.KINDS:
        raise NotFound(kind)
    text, changes = checked(markdown, changes)
    row = CharterText(
        kind=kind,
        markdown=text,
        sha256=signatures.fingerprint(text),
        published_at=now,
        changes=changes,
        published_by=actor.sigle if actor else "",
    )
    try:
        with writing() as session:
            now = row.published_at = written_at(now)
            version = _number(row, session.scalar(_latest(kind)), for_staff, base)
            session.add(row)
            details = {"sha256": row.sha256, "for_staff": row.for_staff}
            subject = f"{kind} {version}"
            audit.record("charter.published", actor=actor, sigle="guichet", subject=subject, now=now, details=details)
    except IntegrityError:  # two administrators publish at the same moment: the second fails
        raise Refused(_OVERTAKEN.format(charter(kind).version)) from None
    return version


def _number(row: CharterText, latest: CharterText | None, for_staff: bool | None, base: int | None) -> int:
    """Make the row the version after the latest and return its number. Raises Refused, Invalid (`publish_charter`)."""
    before = latest.version if latest else 0
    if base is not None and base != before:
        raise Refused(_OVERTAKEN.format(before))
    staff = (latest is not None and latest.for_staff) if for_staff is None else for_staff
    staff = staff and row.kind == signatures.USAGE  # the key's charter is for people who have a key, staff or not
    if latest is not None and (latest.sha256, latest.for_staff) == (row.sha256, staff):
        raise Invalid({"markdown": "Ce texte est celui de la version en vigueur : il n’y a rien à publier."})
    row.version, row.for_staff = before + 1, staff
    return before + 1


def checked(markdown: str, changes: str = "") -> tuple[str, str]:
    """A charter's text and its summary of changes, cleaned as for publication. Raises Invalid."""
    text = markdown.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip() + "\n"
    changes = " ".join(changes.replace("\x00", "").split())
    faults = {}
    if len(text) < SHORTEST:
        faults["markdown"] = "Le texte de la charte est trop court pour être signé."
    elif len(text) > LONGEST:
        faults["markdown"] = "Le texte de la charte dépasse 100 000 caractères."
    elif text.count("\n") > LINES:
        faults["markdown"] = "Le texte de la charte dépasse 1 000 lignes."
    if len(changes) > CHANGES_MAX:
        faults["changes"] = f"Ne dépassez pas {CHANGES_MAX} caractères."
    if faults:
        raise Invalid(faults)
    return text, changes


def charter(kind: str, version: int | None = None) -> CharterView:
    """A charter's latest version, or version `version`. Raises NotFound."""
    query = _latest(kind)
    if version is not None:
        query = query.where(CharterText.version == version)
    row = db.session.scalar(query)
    if row is None or kind not in signatures.TITLES:
        raise NotFound(kind)
    return _view(row)


def versions(kind: str) -> list[CharterView]:
    """Every version of a charter, newest first."""
    rows = db.session.scalars(select(CharterText).where(CharterText.kind == kind).order_by(CharterText.version.desc()))
    return [_view(row) for row in rows]


def concerned(kind: str, for_staff: bool, *, now: datetime) -> Concerned:
    """The numbers of people in activity who would have to sign a version of this charter to continue."""
    must = must_sign(kind, true() if for_staff or rules().usage_charter_for_staff else false())
    counted = db.session.execute(
        select(Account.external, func.count()).where(in_activity(now), must).group_by(Account.external)
    )
    by_kind: dict[bool, int] = {row[0]: row[1] for row in counted}
    return Concerned(by_kind.get(True, 0), by_kind.get(False, 0))


def sign_charter(actor: Actor, kind: str, version: int, *, now: datetime) -> None:
    """Sign the version that was read. Raises Refused when another version was published since.

    Signing twice changes nothing.
    """
    try:
        with writing() as session:
            now = written_at(now)
            text = charter(kind)
            if text.version != version:
                raise Refused("Une nouvelle version vient d’être publiée : relisez-la avant de signer.")
            done = session.scalar(
                select(Signature.id).where(
                    Signature.account_id == actor.account_id, Signature.kind == kind, Signature.version == version
                )
            )
            if done is not None:
                return
            signer = _signer(session.get_one(Account, actor.account_id))
            proof = signatures.evidence(kind, version, text.markdown, actor, now, signer)
            session.execute(
                insert(Signature).values(
                    account_id=actor.account_id,
                    kind=proof.kind,
                    version=proof.version,
                    sha256=proof.sha256,
                    signed_at=proof.signed_at,
                    sigle=proof.sigle,
                    zone=proof.zone,
                    **asdict(signer),
                )
            )
            details = {"sha256": proof.sha256, "proof": signatures.fingerprint(signatures.proof(proof))}
            audit.record("charter.signed", actor=actor, subject=f"{kind} {version}", now=now, details=details)
    except IntegrityError:  # signed twice at the same moment: one signature is enough
        return


def _signer(row: Account | Signature) -> signatures.Signer:
    return signatures.Signer(row.last_name, row.first_name, row.email, row.company, row.function, row.organisation)


def decline_charter(actor: Actor, kind: str, *, now: datetime) -> None:
    """Journal that the person has read a charter and declines to sign it. Raises NotFound."""
    text = charter(kind)
    with writing():
        now = written_at(now)
        audit.record("charter.declined", actor=actor, subject=f"{kind} {text.version}", now=now)


def signed_by(account_id: int, kind: str, version: int) -> Signed:
    """The signature that an account gave a version. Raises NotFound."""
    return _signed(Signature.account_id == account_id, Signature.kind == kind, Signature.version == version)


def signed(organisations: Collection[str] | None, signature_id: int) -> Signed:
    """A signature of a person of these organisations (None: all). Raises NotFound."""
    within = true() if organisations is None else Account.organisation.in_(organisations)
    return _signed(Signature.id == signature_id, within)


def _signed(*conditions: ColumnElement[bool]) -> Signed:
    row = db.session.execute(
        select(Signature, CharterText)
        .join(CharterText, and_(CharterText.kind == Signature.kind, CharterText.version == Signature.version))
        .join(Account, Account.id == Signature.account_id)
        .where(*conditions)
    ).one_or_none()
    if row is None:
        raise NotFound("signature")
    return Signed(row[0].account_id, evidence_of(row[0]), _view(row[1]))


# --- who must sign, in queries on accounts ---


def compulsory_for_staff() -> ColumnElement[bool]:
    """In a query: whether the usage charter in force is itself marked as compulsory for staff."""
    query = select(CharterText.for_staff).where(CharterText.kind == signatures.USAGE)
    return func.coalesce(query.order_by(CharterText.version.desc()).limit(1).scalar_subquery(), false())


def in_activity(now: datetime) -> ColumnElement[bool]:
    """In a query on accounts: whether the person is in activity today."""
    return and_(Account.pseudonymised_at.is_(None), or_(Account.ends_on.is_(None), Account.ends_on >= today(now)))


def must_sign(kind: str, for_staff: ColumnElement[bool]) -> ColumnElement[bool]:
    """In a query on accounts: whether the person must sign this charter (`signatures.required`, as SQL)."""
    if kind == signatures.USAGE:
        return or_(Account.external, for_staff)
    has_key = exists().where(OtpKey.account_id == Account.id, OtpKey.state == "active").correlate(Account)
    return or_(Account.external, has_key)


def has_signed(kind: str) -> ColumnElement[bool]:
    """In a query on accounts: whether the person has signed the latest version of this charter."""
    latest = select(func.max(CharterText.version)).where(CharterText.kind == kind).scalar_subquery()
    return (
        exists()
        .where(Signature.account_id == Account.id, Signature.kind == kind, Signature.version == latest)
        .correlate(Account)
    )


def unsigned(usage_for_staff: ColumnElement[bool]) -> ColumnElement[bool]:
    """In a query on accounts: whether the person has a charter left to sign, so that no notice may be sent.

    This is the rule of `signatures.required` and `missing`, for mails, which reach people without a session.
    """
    staff = or_(usage_for_staff, compulsory_for_staff())
    return or_(*(and_(must_sign(kind, staff), ~has_signed(kind)) for kind in signatures.KINDS))


def signatures_of(account_id: int) -> list[signatures.Evidence]:
    """The signatures of an account, newest first."""
    rows = db.session.scalars(
        select(Signature)
        .where(Signature.account_id == account_id)
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
    )
    return [evidence_of(row) for row in rows]


def evidence_of(row: Signature) -> signatures.Evidence:
    """The evidence of a signature's row."""
    return signatures.Evidence(
        row.kind,
        row.version,
        row.sha256,
        row.signed_at,
        row.sigle,
        "intranet" if row.zone == "intranet" else "internet",
        _signer(row),
        row.id,
    )


def _latest(kind: str) -> Select[CharterText]:
    return select(CharterText).where(CharterText.kind == kind).order_by(CharterText.version.desc()).limit(1)


def _view(row: CharterText) -> CharterView:
    return CharterView(
        row.kind,
        signatures.TITLES[row.kind],
        row.version,
        row.markdown,
        row.sha256,
        row.published_at,
        row.published_by,
        row.for_staff,
        row.changes,
    )
