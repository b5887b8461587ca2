"""Charters: published versions, and their signatures with what proves them (annexe 6, 2.2 and 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select
from sqlalchemy.exc import IntegrityError

from charters import audit, signatures
from charters.database import db, writing
from charters.errors import Invalid, Refused, Unknown
from charters.model import Actor
from charters.tables import Account, CharterText, OtpKey, Signature


@dataclass(frozen=True, slots=True)
class CharterView:
    """A published charter: what to read, and what will prove that it was signed."""

    kind: str
    title: str
    version: int
    markdown: str
    sha256: str
    published_at: datetime


def publish_shipped_charters(now: datetime) -> tuple[str, ...]:
    """Publish the texts that ship with the program for the charters that have none yet; gives those published."""
    published = []
    with writing() as session:
        known = set(session.scalars(select(CharterText.kind).distinct()))
        for kind in signatures.KINDS:
            if kind not in known:
                text = files("charters").joinpath("texts", f"{kind}-1.md").read_text(encoding="utf-8")
                publish_charter(kind, text, actor=None, now=now)
                published.append(kind)
    return tuple(published)


def publish_charter(kind: str, markdown: str, *, actor: Actor | None, now: datetime) -> int:
    """A new version of a charter, and its number: the gate closes for those it concerns until they sign it."""
    if kind not in signatures.KINDS:
        raise Unknown(kind)
    text = markdown.replace("\r\n", "\n").replace("\x00", "").strip() + "\n"
    if len(text) < 200:
        raise Invalid({"markdown": "Le texte de la charte est trop court pour être signé."})
    if len(text) > 100_000:
        raise Invalid({"markdown": "Le texte de la charte dépasse 100 000 caractères."})
    digest = signatures.fingerprint(text)
    with writing() as session:
        version = (session.scalar(select(func.max(CharterText.version)).where(CharterText.kind == kind)) or 0) + 1
        session.add(CharterText(kind=kind, version=version, markdown=text, sha256=digest, published_at=now))
        audit.record("charter.published", actor=actor, subject=f"{kind} {version}", now=now, details={"sha256": digest})
    return version


def charter(kind: str, version: int | None = None) -> CharterView:
    """A charter's latest version, or the one asked. Raises Unknown."""
    query = select(CharterText).where(CharterText.kind == kind).order_by(CharterText.version.desc()).limit(1)
    if version is not None:
        query = query.where(CharterText.version == version)
    row = db.session.scalar(query)
    if row is None or kind not in signatures.TITLES:
        raise Unknown(kind)
    return CharterView(kind, signatures.TITLES[kind], row.version, row.markdown, row.sha256, row.published_at)


def sign_charter(actor: Actor, kind: str, version: int, *, now: datetime) -> None:
    """Sign the version that was read. Raises Refused when another one was published since.

    Signing twice changes nothing.
    """
    try:
        with writing() as session:
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
            proof = signatures.evidence(kind, version, text.markdown, actor.sigle, actor.zone, now)
            session.execute(insert(Signature).values(
                account_id=actor.account_id, kind=proof.kind, version=proof.version, sha256=proof.sha256,
                signed_at=proof.signed_at, sigle=proof.sigle, zone=proof.zone,
            ))
            audit.record("charter.signed", actor=actor, subject=f"{kind} {version}", now=now, details={
                "sha256": proof.sha256,
            })
    except IntegrityError:  # signed twice at the same moment: once is enough
        return


def unsigned(usage_for_staff: ColumnElement[bool]) -> ColumnElement[bool]:
    """In a query on accounts: whether the person has yet to sign a charter, so that nothing may reach them.

    The same rule as `signatures.required` and `missing`, for whoever is not asking by a session: the outbox.
    """

    def signed(kind: str) -> ColumnElement[bool]:
        latest = select(func.max(CharterText.version)).where(CharterText.kind == kind).scalar_subquery()
        return exists().where(
            Signature.account_id == Account.id, Signature.kind == kind, Signature.version == latest
        ).correlate(Account)

    has_key = exists().where(OtpKey.account_id == Account.id, OtpKey.state == "active").correlate(Account)
    return or_(
        and_(or_(Account.external, usage_for_staff), ~signed(signatures.USAGE)),
        and_(or_(Account.external, has_key), ~signed(signatures.KEY)),
    )


def signatures_of(account_id: int) -> list[signatures.Evidence]:
    """What an account has signed, newest first."""
    rows = db.session.scalars(
        select(Signature).where(Signature.account_id == account_id)
        .order_by(Signature.signed_at.desc(), Signature.id.desc())
    )
    return [
        signatures.Evidence(
            row.kind, row.version, row.sha256, row.signed_at, row.sigle,
            "intranet" if row.zone == "intranet" else "internet",
        )
        for row in rows
    ]
