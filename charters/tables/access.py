"""The tables of accounts, mandates, keys, charters, sessions and the journal. No behaviour.

Accounts are never deleted: a sigle is never given to another person, even after its owner left (annexe 6, 2.2).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from charters.database import Base, Instant


class Account(Base):
    """A person: the five required pieces of information (annexe 6, 2.1) and the organisation."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    sigle: Mapped[str] = mapped_column(String(32), unique=True)  # lower case, for ever
    last_name: Mapped[str] = mapped_column(String(80))
    first_name: Mapped[str] = mapped_column(String(80))
    company: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    function: Mapped[str] = mapped_column(String(120))
    external: Mapped[bool]  # outside the Éducation nationale (annexe 6, 1.2)
    organisation: Mapped[str] = mapped_column(String(120), index=True)  # collectivité, académie or établissement id
    ends_on: Mapped[date | None]  # last day of activity, inclusive
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    generation: Mapped[int] = mapped_column(default=1)  # sessions of an older generation are invalid
    active_mandate_id: Mapped[int | None]  # one at a time, whatever the number of open browsers
    pin_hash: Mapped[str | None] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))  # EN staff without a key, on the intranet
    password_set_at: Mapped[datetime | None] = mapped_column(Instant)
    password_failures: Mapped[int] = mapped_column(default=0)  # consecutive, as for a key
    password_next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    password_locked_at: Mapped[datetime | None] = mapped_column(Instant)
    password_lock_told_at: Mapped[datetime | None] = mapped_column(Instant)  # to the administrators
    identity_mark: Mapped[str | None] = mapped_column(String(64), unique=True, index=True)  # the académie's, as a hash
    created_at: Mapped[datetime] = mapped_column(Instant)
    pseudonymised_at: Mapped[datetime | None] = mapped_column(Instant)  # when the person was forgotten


class MandateRow(Base):
    """A role on one établissement, département or académie, between two days (both inclusive).

    A mandate that the October campaign asks about only allows reading after `confirm_by`, and has ended after
    `lapses_on`; both are emptied when it is confirmed.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        Index(None, "account_id", "ends_on"),
        Index(None, "scope_id", "role"),
        Index(
            "ix_mandate_to_confirm",
            "id",
            sqlite_where=text("confirm_by IS NOT NULL"),
            postgresql_where=text("confirm_by IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(32))
    scope_id: Mapped[str] = mapped_column(String(120))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    confirm_by: Mapped[date | None]
    lapses_on: Mapped[date | None]


class OtpKey(Base):
    """A key, with a serial and one owner. The seed is encrypted, and wiped when the key is returned.

    `state`: issued (handed over, not enrolled yet), active, returned, revoked, lost. `drift`: the steps by which a TOTP
    key's clock is ahead, known by resynchronisation. A FIDO2 key has no seed but a credential and its public key.
    """

    __tablename__ = "otp_key"
    __table_args__ = (
        Index(  # one live key a person, so that failures are counted in one place
            "uq_otp_key_live_holder",
            "account_id",
            unique=True,
            sqlite_where=text("state IN ('issued', 'active')"),
            postgresql_where=text("state IN ('issued', 'active')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(8))  # totp, hotp, fido2
    hardware: Mapped[bool] = mapped_column(default=False)  # a physical key, to hand over and to get back
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    seed: Mapped[str | None] = mapped_column(Text)  # Fernet token
    digits: Mapped[int] = mapped_column(default=6)
    algorithm: Mapped[str] = mapped_column(String(8), default="sha1")
    last_step: Mapped[int | None] = mapped_column(BigInteger)  # last step or counter accepted; later ones only
    drift: Mapped[int] = mapped_column(default=0)
    credential_id: Mapped[str | None] = mapped_column(Text, index=True, unique=True)
    public_key: Mapped[str | None] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    label: Mapped[str] = mapped_column(String(80), default="")
    reminded_on: Mapped[date | None]
    failures: Mapped[int] = mapped_column(default=0)  # consecutive
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    locked_at: Mapped[datetime | None] = mapped_column(Instant)
    cloned_at: Mapped[datetime | None] = mapped_column(Instant)  # locked because its counter went back: a copy?
    lock_told_at: Mapped[datetime | None] = mapped_column(Instant)  # to the administrators
    handed_over_on: Mapped[date | None]
    returned_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Enrolment(Base):
    """An activation link for a key; only the hash of its token is stored."""

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("otp_key.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    shown_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class CharterText(Base):
    """A published version of a charter, never changed. `kind`: usage (annexe 6) or cle (the key's own charter, 1.1).

    `for_staff`: this version of the usage charter is compulsory for the Éducation nationale's own staff too.
    """

    __tablename__ = "charter_text"
    __table_args__ = (UniqueConstraint("kind", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    markdown: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[str] = mapped_column(String(32), default="")
    for_staff: Mapped[bool] = mapped_column(default=False)
    changes: Mapped[str] = mapped_column(Text, default="")  # summary of changes, in a sentence or two, for signers


class Signature(Base):
    """The evidence of a charter's signature: text, signer, time, network zone (annexe 6, 2.2 and 4).

    The signer is recorded as on the paper's last page (4), with the values at that time, whatever the account becomes.
    """

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("account_id", "kind", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(8))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime] = mapped_column(Instant)
    sigle: Mapped[str] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(String(8))
    last_name: Mapped[str] = mapped_column(String(80), default="")
    first_name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254), default="")
    company: Mapped[str] = mapped_column(String(120), default="")
    function: Mapped[str] = mapped_column(String(120), default="")
    organisation: Mapped[str] = mapped_column(String(120), default="")


class WebSession(Base):
    """A session on the server; only the SHA-256 of the cookie's token is stored."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    generation: Mapped[int]
    zone: Mapped[str] = mapped_column(String(8))
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    proved_at: Mapped[datetime | None] = mapped_column(Instant)  # the last proof after the login's own
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    identity_token: Mapped[str | None] = mapped_column(Text)  # sealed; the académie's provider asks for it at the end


class OrganisationSuspension(Base):
    """A suspension, by the académie, of a collectivité's access (VIII); a lifted one stays as history."""

    __tablename__ = "organisation_suspension"
    __table_args__ = (
        Index(
            "uq_organisation_suspension_open",
            "organisation",
            unique=True,
            sqlite_where=text("lifted_at IS NULL"),
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text)
    suspended_at: Mapped[datetime] = mapped_column(Instant)
    suspended_by: Mapped[str] = mapped_column(String(32))
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(String(32))


class Declaration(Base):
    """A staff movement that a chef d'établissement or a référent declares to the académie (annexe 6, 2.1).

    `movement`: arrivee, depart, changement; `scope` is that of the declarer's mandate.
    """

    __tablename__ = "declaration"
    __table_args__ = (
        Index(None, "scope", "id"),
        Index(
            "ix_declaration_waiting",
            "id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(120))
    movement: Mapped[str] = mapped_column(String(12))
    last_name: Mapped[str] = mapped_column(String(80))
    first_name: Mapped[str] = mapped_column(String(80))
    function: Mapped[str] = mapped_column(String(120))
    effective_on: Mapped[date]
    words: Mapped[str] = mapped_column(Text, default="")
    declared_at: Mapped[datetime] = mapped_column(Instant)
    declared_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    declared_by_name: Mapped[str] = mapped_column(String(200))
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    handled_by_name: Mapped[str | None] = mapped_column(String(200))


class JournalLine(Base):
    """A line of the journal; `hash` is a keyed hash of the previous hash and this line. Never changed."""

    __tablename__ = "journal_line"
    __table_args__ = (Index(None, "at"), Index(None, "event", "number"), Index(None, "sigle", "number"))

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Instant)
    event: Mapped[str] = mapped_column(String(48))
    sigle: Mapped[str] = mapped_column(String(32), default="")
    zone: Mapped[str] = mapped_column(String(8), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")
    details: Mapped[str] = mapped_column(Text, default="{}")  # canonical JSON
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class JournalHead(Base):
    """The end of the journal, a single row. Each writer locks it, which orders the lines and reveals a cut end."""

    __tablename__ = "journal_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(16), default="", server_default="")  # the print of the key that signed it
    base_number: Mapped[int]  # the last line purged (0: none), after which the chain begins
    base_hash: Mapped[str] = mapped_column(String(64))
