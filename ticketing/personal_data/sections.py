"""Read what the file of a person's data holds, section by section: which rows, and how much of tickets' words.

Every table that may hold data of a person is read by a section here, or named in `LEFT_OUT` with the reason; a test
compares them with `ticketing.personal_data.inventory`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, false, func, literal, or_, select

from charters.database import Base
from charters.model import Perimeter
from charters.people import forgetting
from charters.tables import campaign, keys, personal  # noqa: F401 - their tables are named here
from ticketing.figures import tables as figure_tables  # noqa: F401 - the same
from ticketing.in_force import tables as agreement_tables  # noqa: F401 - the same
from ticketing.interruptions import tables as interruption_tables  # noqa: F401 - the same
from ticketing.oversight import tables as oversight_tables  # noqa: F401 - the same
from ticketing.personal_data import inventory
from ticketing.tables import Attachment, Notice
from ticketing.tickets.store import EVENT, SCOPE, TICKET

ATTACHMENT: Any = Attachment.__table__
NOTICE: Any = Notice.__table__


@dataclass(frozen=True, slots=True)
class DataSubject:
    """Holds the person whose data is read. `alone`: nobody else has this name, so the name identifies the person."""

    id: int
    sigle: str
    first_name: str
    last_name: str
    alone: bool

    @property
    def name(self) -> str:
        """Return the person's name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class ExportReach:
    """Says which tickets' words may be in the file: of a perimeter, of an académie, or none if both are None."""

    perimeter: Perimeter | None = None
    academie: str = ""

    def ticket(self, number: Any, academie: Any) -> Any:
        """Return the SQL condition that this ticket's own words may be in the file."""
        if self.academie:
            return academie == self.academie
        if self.perimeter is None or self.perimeter.key is None:
            return false()
        return select(SCOPE.c.key).where(SCOPE.c.key == self.perimeter.key, SCOPE.c.ticket_id == number).exists()

    def entry(self, table: Any, number: Any, academie: Any) -> Any:
        """Return the SQL condition that an entry or a file may be in the file: internal ones are their side's."""
        if self.academie:
            return self.ticket(number, academie)
        side = self.perimeter.side if self.perimeter else None
        return self.ticket(number, academie) & or_(table.c.visibility == "public", table.c.side == (side or ""))


@dataclass(frozen=True, slots=True)
class ExportSection:
    """A part of the file: its name there, its title, and its query (of columns with their labels)."""

    name: str
    title: str
    query: Callable[[DataSubject, ExportReach], Any]


def _plain(
    table: str, columns: str, where: Callable[[Any, DataSubject], Any]
) -> Callable[[DataSubject, ExportReach], Any]:
    """Return the query of the person's rows in a table whose columns hold nobody else's words."""

    def query(subject: DataSubject, reach: ExportReach) -> Any:
        of = Base.metadata.tables[table].c
        return select(*(of[name] for name in columns.split())).where(where(of, subject))

    return query


def _account(of: Any, subject: DataSubject) -> Any:
    return of.account_id == subject.id


def _about(of: Any, subject: DataSubject) -> Any:
    """Return the SQL condition that a name is the person's; never true if somebody else has the same name."""
    if not subject.alone:
        return false()
    return of.id.in_(forgetting.declared_as(subject.last_name, subject.first_name))


def _tickets(subject: DataSubject, reach: ExportReach) -> Any:
    seen = reach.ticket(TICKET.c.number, TICKET.c.academie)
    mine = seen & (TICKET.c.opened_by == subject.id)
    words = [
        func.coalesce(_if(mine, TICKET.c[name]), "").label(name)
        for name in ("title", "body", "on_behalf_of", "tag", "asset", "incident")
    ]
    return (
        select(
            TICKET.c.number,
            (TICKET.c.opened_by == subject.id).label("opened"),
            func.coalesce(TICKET.c.assignee_id == subject.id, false()).label("in_charge"),
            _if(TICKET.c.opened_by == subject.id, TICKET.c.opened_at).label("opened_at"),
            seen.label("in_reach"),
            *words,
        )
        .where(TICKET.c.number.in_(parts(subject)))
        .order_by(TICKET.c.number)
    )


def _entries(subject: DataSubject, reach: ExportReach) -> Any:
    seen = reach.entry(EVENT, EVENT.c.ticket_id, TICKET.c.academie) & EVENT.c.masked_at.is_(None)
    return (
        select(
            EVENT.c.ticket_id.label("number"),
            EVENT.c.at,
            EVENT.c.kind,
            EVENT.c.visibility,
            seen.label("in_reach"),
            func.coalesce(_if(seen, EVENT.c.body), "").label("body"),
        )
        .join(TICKET, TICKET.c.number == EVENT.c.ticket_id)
        .where(EVENT.c.author_id == subject.id)
        .order_by(EVENT.c.id)
    )


def _files(subject: DataSubject, reach: ExportReach) -> Any:
    seen = reach.entry(ATTACHMENT, ATTACHMENT.c.ticket_id, TICKET.c.academie) & EVENT.c.masked_at.is_(None)
    return (
        select(
            ATTACHMENT.c.ticket_id.label("number"),
            ATTACHMENT.c.at,
            ATTACHMENT.c.size,
            seen.label("in_reach"),
            func.coalesce(_if(seen, ATTACHMENT.c.name), "").label("name"),
        )
        .join(EVENT, EVENT.c.id == ATTACHMENT.c.event_id)
        .join(TICKET, TICKET.c.number == ATTACHMENT.c.ticket_id)
        .where(EVENT.c.author_id == subject.id)
        .order_by(ATTACHMENT.c.at)
    )


def _mails(subject: DataSubject, reach: ExportReach) -> Any:
    seen = reach.ticket(NOTICE.c.ticket_id, TICKET.c.academie)
    return (
        select(
            NOTICE.c.ticket_id.label("number"),
            NOTICE.c.created_at,
            NOTICE.c.sent_at,
            NOTICE.c.state,
            NOTICE.c.recipient_email,
            seen.label("in_reach"),
            *(func.coalesce(_if(seen, NOTICE.c[name]), "").label(name) for name in ("subject", "body")),
        )
        .join(TICKET, TICKET.c.number == NOTICE.c.ticket_id)
        .where(NOTICE.c.recipient_id == subject.id)
        .order_by(NOTICE.c.id)
    )


def _journal(subject: DataSubject, reach: ExportReach) -> Any:
    of = Base.metadata.tables["journal_line"].c
    return (
        select(of.number, of.at, of.event, of.zone, of.subject, of.details)
        .where(of.sigle == subject.sigle)
        .order_by(of.number)
    )


def _journal_about(subject: DataSubject, reach: ExportReach) -> Any:
    """Return what others did about the person: what and when, but not who, which is the other person's data."""
    of = Base.metadata.tables["journal_line"].c
    return (
        select(of.number, of.at, of.event)
        .where(of.sigle != subject.sigle, of.subject.in_((subject.sigle, f"compte {subject.id}")))
        .order_by(of.number)
    )


def _holds(subject: DataSubject, reach: ExportReach) -> Any:
    """Return whether there is a legal hold, and since when; only those who decide on it see why."""
    of = Base.metadata.tables["legal_hold"].c
    reason = (of.reason,) if reach.academie else ()
    return select(of.set_at, of.lifted_at, *reason).where(of.account_id == subject.id).order_by(of.id)


def _signed(subject: DataSubject, reach: ExportReach) -> Iterator[Any]:
    """Yield, by table, the codes and days of the acts on agreements that the person signed."""
    for table, names in _SIGNED.items():
        of = Base.metadata.tables[table].c
        mine = [
            of[signed.id] == subject.id if signed.id else of[signed.name] == subject.name
            for signed in names
            if signed.id or subject.alone
        ]
        known = inventory.INVENTORY[table]
        kept = [name for name, kind in known.items() if kind == inventory.CODE and name != "change"]
        if table == "draft_comment":
            kept.append("text")
        if mine:
            days = [one.name for one in of if one.name.endswith(("_at", "_on")) or one.name == "at"]
            yield select(literal(table).label("table"), *(of[name] for name in [*kept, *days])).where(or_(*mine))


_SIGNED = {
    table: [one for one in inventory.SIGNED if one.table == table]
    for table in dict.fromkeys(one.table for one in inventory.SIGNED)
}


def _if(condition: Any, value: Any) -> Any:
    return case((condition, value), else_=None)


def parts(subject: DataSubject) -> Any:
    """Return the query of tickets that the person opened, has in charge, wrote on, or that are shared with them."""
    return (
        select(TICKET.c.number)
        .where(or_(TICKET.c.opened_by == subject.id, TICKET.c.assignee_id == subject.id))
        .union(
            select(EVENT.c.ticket_id).where(EVENT.c.author_id == subject.id),
            select(SCOPE.c.ticket_id).where(
                SCOPE.c.key >= f"person:{subject.id}@", SCOPE.c.key < f"person:{subject.id}A"
            ),
            select(NOTICE.c.ticket_id).where(NOTICE.c.recipient_id == subject.id),
        )
    )


SECTIONS = (
    ExportSection(
        "compte",
        "Le compte",
        _plain(
            "account",
            "sigle last_name first_name company email function external organisation created_at ends_on "
            "password_set_at pseudonymised_at",
            lambda of, subject: of.id == subject.id,
        ),
    ),
    ExportSection("mandats", "Les mandats", _plain("mandate", "role scope_id starts_on ends_on", _account)),
    ExportSection(
        "cles",
        "Les clés (sans leur secret)",
        _plain("otp_key", "serial kind hardware label state handed_over_on returned_on locked_at created_at", _account),
    ),
    ExportSection(
        "chartes",
        "Les chartes signées",
        _plain(
            "signature",
            "kind version sha256 signed_at sigle zone last_name first_name email company function organisation",
            _account,
        ),
    ),
    ExportSection(
        "sessions", "Les sessions", _plain("web_session", "created_at seen_at closed_at zone agent", _account)
    ),
    ExportSection(
        "liens",
        "Les liens envoyés pour un code PIN ou un mot de passe",
        _plain("personal_link", "purpose created_at expires_at used_at", _account),
    ),
    ExportSection(
        "corrections",
        "Les corrections demandées et les adresses à confirmer",
        _plain("correction", "state asked_at last_name first_name company email function words expires_at", _account),
    ),
    ExportSection(
        "oublis",
        "Les demandes « code PIN oublié »",
        _plain("reset_request", "asked_at zone", lambda of, subject: of.sigle == subject.sigle),
    ),
    ExportSection(
        "lettres",
        "Les courriels sur son accès",
        _plain("letter", "kind subject recipient_email state created_at sent_at", _account),
    ),
    ExportSection("tickets", "Les tickets où la personne a une part", _tickets),
    ExportSection("entrees", "Ce que la personne a écrit ou fait sur des tickets", _entries),
    ExportSection("fichiers", "Les fichiers que la personne a joints (leur nom)", _files),
    ExportSection("courriels", "Les courriels reçus sur des tickets", _mails),
    ExportSection(
        "droits-de-lecture",
        "Les consultations motivées demandées",
        _plain("reading_grant", "ticket_number etablissement reason words granted_at expires_at", _account),
    ),
    ExportSection(
        "lectures",
        "Les lectures hors attribution faites par la personne",
        _plain("reading", "at ticket_number etablissement way reason words", _account),
    ),
    ExportSection(
        "mouvements",
        "Les mouvements déclarés qui nomment la personne",
        _plain("declaration", "movement scope last_name first_name function effective_on words declared_at", _about),
    ),
    ExportSection(
        "mouvements-declares",
        "Les mouvements que la personne a déclarés",
        _plain(
            "declaration", "movement scope effective_on declared_at", lambda of, subject: of.declared_by == subject.id
        ),
    ),
    ExportSection(
        "campagnes",
        "Les confirmations demandées à son sujet",
        _plain("campaign_line", "campaign_id etablissement role kept", _account),
    ),
    ExportSection(
        "campagnes-repondues",
        "Les établissements pour lesquels la personne a répondu",
        _plain(
            "campaign_place", "campaign_id etablissement answered_at", lambda of, subject: of.answered_by == subject.id
        ),
    ),
    ExportSection(
        "interruptions",
        "Les interruptions annoncées, commencées ou terminées par la personne",
        _plain(
            "interruption",
            "title words starts_at ends_at announced_at started_at ended_at",
            lambda of, subject: or_(
                of.announced_by == subject.id, of.started_by == subject.id, of.ended_by == subject.id
            ),
        ),
    ),
    ExportSection(
        "suspensions",
        "Les suspensions d’accès décidées ou levées par la personne",
        _plain(
            "organisation_suspension",
            "organisation suspended_at lifted_at",
            lambda of, subject: or_(of.suspended_by == subject.sigle, of.lifted_by == subject.sigle),
        ),
    ),
    ExportSection(
        "stock",
        "Les clés que la personne a fait entrer en stock",
        _plain("stock_key", "serial batch imported_at", lambda of, subject: of.imported_by == subject.sigle),
    ),
    ExportSection(
        "chartes-publiees",
        "Les chartes que la personne a publiées",
        _plain("charter_text", "kind version published_at", lambda of, subject: of.published_by == subject.sigle),
    ),
    ExportSection("accords", "Les actes signés sur des accords", _signed),
    ExportSection("conservations", "Les conservations demandées", _holds),
    ExportSection("journal", "Le journal sous son sigle", _journal),
    ExportSection("journal-a-son-sujet", "Ce que d’autres ont fait au sujet de son compte", _journal_about),
)

#: Tables that may hold data of a person and are in no file -> why.
LEFT_OUT = {
    "decision": "qui a décidé : c’est l’auteur de l’entrée du ticket, qui y est",
}

#: Columns of people that are in no file: (table, column) -> why.
COLUMNS_LEFT_OUT = {
    ("decision", "data"): "the whole table is left out: see above",
    ("attachment", "sha256"): "a print of the file, whose name and size are in the file",
    ("ticket", "shared_with"): "the tickets shared with the person are found by `ticket_scope`, and are in the file",
    ("ticket_event", "data"): "codes of the agreements, and names of other people",
    ("ticket_event", "mask_reason"): "the reason of the administrator who masked the entry",
    ("legal_hold", "lift_reason"): "why a hold was lifted is for those who decide of it",
    ("declaration", "handled_by_name"): "that the person handled a movement is in the journal under the person's sigle",
    ("cell_fill", "withdrawn_reason"): "the act is in the file; its reason is on the page of the agreement",
    ("matrix_draft", "closed_reason"): "the act is in the file; its reason is on the page of the draft",
    ("golden_ticket", "label"): "the act is in the file; its title is on the page of the agreement",
    ("organisation_suspension", "reason"): "the act is in the file; its reason is on the page of the suspensions",
}
