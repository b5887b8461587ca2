"""Read what the file of a person's data holds, section by section: which rows, and how much of tickets' words.

Every table that may hold data of a person is read by a section here, or named in `left_out` with the reason; a test
compares them with `ticketing.personal_data.inventory`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, false, func, literal, or_, select

from charters.database import Base
from charters.people import forgetting
from charters.tables import campaign, keys, personal  # noqa: F401 - their tables are named here
from ticketing.articles import tables as article_tables  # noqa: F401 - the same
from ticketing.exchange import tables as exchange_tables  # noqa: F401 - the same
from ticketing.figures import tables as figure_tables  # noqa: F401 - the same
from ticketing.figures.facts import tables as fact_tables  # noqa: F401 - the same
from ticketing.in_force import tables as agreement_tables  # noqa: F401 - the same
from ticketing.interruptions import tables as interruption_tables  # noqa: F401 - the same
from ticketing.mail.incoming import tables as mail_tables  # noqa: F401 - the same
from ticketing.obligations import tables as obligation_tables  # noqa: F401 - the same
from ticketing.oversight import tables as oversight_tables  # noqa: F401 - the same
from ticketing.personal_data import following_sections, inventory, mail_sections
from ticketing.personal_data.left_out import COLUMNS_LEFT_OUT as COLUMNS_LEFT_OUT
from ticketing.personal_data.left_out import LEFT_OUT as LEFT_OUT
from ticketing.personal_data.one_table import ExportSection
from ticketing.personal_data.one_table import account as _account
from ticketing.personal_data.one_table import plain as _plain
from ticketing.personal_data.one_table import set_by as _set
from ticketing.personal_data.reach import DataSubject, ExportReach
from ticketing.presets import tables as preset_tables  # noqa: F401 - the same
from ticketing.tables import Attachment, Notice, NoticeWords
from ticketing.tickets.store import EVENT, SCOPE, TICKET
from ticketing.workbench import tables as workbench_tables  # noqa: F401 - the same

ATTACHMENT: Any = Attachment.__table__
NOTICE: Any = Notice.__table__


def _own_address(of: Any, subject: DataSubject) -> Any:
    account = Base.metadata.tables["account"].c
    return of.address == select(func.lower(account.email)).where(account.id == subject.id).scalar_subquery()


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
        for name in ("title", "body", "on_behalf_of", "tag", "asset", "room", "incident")
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
    said: Any = NoticeWords.__table__
    words = said.c.data["words"].as_string()
    return (
        select(
            NOTICE.c.ticket_id.label("number"),
            NOTICE.c.created_at,
            NOTICE.c.sent_at,
            NOTICE.c.state,
            NOTICE.c.recipient_email,
            seen.label("in_reach"),
            func.coalesce(_if(seen, NOTICE.c.subject), "").label("subject"),
            func.coalesce(_if(seen, NOTICE.c.body + func.coalesce(words, "")), "").label("body"),
        )
        .join(TICKET, TICKET.c.number == NOTICE.c.ticket_id)
        .outerjoin(said, said.c.event_id == NOTICE.c.event_id)
        .where(NOTICE.c.recipient_id == subject.id)
        .order_by(NOTICE.c.id)
    )


def _wrote(of: Any, subject: DataSubject) -> Any:
    """Return the SQL condition that a mail is the person's, or claims to come from the person's address."""
    account = Base.metadata.tables["account"].c
    address = select(func.lower(account.email)).where(account.id == subject.id).scalar_subquery()
    return or_(of.account_id == subject.id, of.author_id == subject.id, of.claimed == address)


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
        kept += _WORDS_TOO.get(table, ())
        if mine:
            days = [one.name for one in of if one.name.endswith(("_at", "_on")) or one.name == "at"]
            yield select(literal(table).label("table"), *(of[name] for name in [*kept, *days])).where(or_(*mine))


_SIGNED = {
    table: [one for one in inventory.SIGNED if one.table == table]
    for table in dict.fromkeys(one.table for one in inventory.SIGNED)
}


#: Acts on agreements whose words the export gives beside their codes: a person wrote them.
_WORDS_TOO = {"draft_comment": ["text"], "obligation_statement": ["words"]}


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
    ExportSection(
        "choix-de-courriels",
        "Les courriels que la personne a choisi de recevoir",
        _plain("mail_choice", "kinds digest_hour quiet_from quiet_until grouped changed_at", _account),
    ),
    ExportSection(
        "adresse-en-echec",
        "Ce que l’on sait d’une adresse où les courriels n’arrivent pas",
        _plain("mail_address", "address failing_since failures last_at reason stopped_at complained_at", _own_address),
    ),
    ExportSection(
        "articles",
        "Ce que la personne a écrit dans la base de connaissances",
        _plain("article_version", "article_id version title words at", lambda of, subject: of.author_id == subject.id),
    ),
    ExportSection(
        "modeles",
        "Les modèles de demande que la personne a enregistrés",
        _plain("ticket_preset", "name title body asset tag room rhythm next_on", lambda of, it: of.author_id == it.id),
    ),
    ExportSection(
        "articles-utiles", "Ses avis sur des articles", _plain("article_opinion", "article_id useful at", _account)
    ),
    ExportSection("satisfaction", "Sa satisfaction", following_sections.opinions),
    ExportSection("reponses-types", "Ses réponses types", _plain("canned_answer", "title words shared at", _account)),
    ExportSection("equipes", "Ses équipes", following_sections.teams),
    ExportSection("absences", "Ses absences", _plain("absence", "side starts_on ends_on offers offered_at", _account)),
    ExportSection(
        "vues",
        "Ses vues de listes, ses questions aux chiffres",
        _plain("saved_view", "title page filters shared at", _account),
    ),
    ExportSection("tickets-vus", "Les tickets lus", _plain("ticket_seen", "ticket_id side at", _account)),
    ExportSection("ecrit", "Les tickets où elle écrit", _plain("ticket_writing", "ticket_id side at", _account)),
    ExportSection("tickets", "Les tickets où la personne a une part", _tickets),
    ExportSection("moi-aussi", "Les tickets rejoints", _plain("ticket_watcher", "ticket_id at", _account)),
    ExportSection("etiquettes", "Les étiquettes posées", following_sections.labels),
    ExportSection("entrees", "Ce que la personne a écrit ou fait sur des tickets", _entries),
    ExportSection("fichiers", "Les fichiers que la personne a joints (leur nom)", _files),
    ExportSection(
        "ecrits-par-courriel", "Ce que la personne a écrit par courriel (l’historique joint)", mail_sections.written
    ),
    ExportSection("courriels", "Les courriels reçus sur des tickets", _mails),
    ExportSection(
        "courriels-ecrits",
        "Les courriels que la personne a écrits au guichet",
        _plain("incoming_mail", "received_at box state kind claimed subject reason place", _wrote),
    ),
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
        "horaires", "Les horaires que la personne a fixés", _plain("party_hours", "organisation since", _set)
    ),
    ExportSection("engagements", "Les engagements de sa partie", _plain("party_promise", "organisation since", _set)),
    ExportSection("relances", "Les relances et alertes de sa partie", _plain("party_rule", "organisation since", _set)),
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
