"""Personal data are erased on schedule and leave no trace; legal holds keep theirs; the figures do not change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from harness import canaries
from harness.incoming import raw
from harness.seeded import NOW
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    func,
    select,
    update,
)

import charters
from charters.database import Base, Instant, db, writing
from charters.entry import sessions
from charters.errors import Invalid
from charters.journal import audit
from charters.model import Actor
from charters.people import accounts, legal_holds
from charters.permissions import perimeter
from charters.tables.access import Account, Declaration, JournalLine
from ticketing import steps
from ticketing.demo.people import D1
from ticketing.figures import nightly
from ticketing.figures.tables import Figure
from ticketing.files import receiving
from ticketing.mail import delivery, letters
from ticketing.mail.incoming import store
from ticketing.mail.incoming.tables import IncomingMail
from ticketing.model import Caller, Draft
from ticketing.oversight import consultation, reading_reports
from ticketing.personal_data import inventory, plain_columns, purging, traces
from ticketing.tables import Attachment, Notice, NoticeWords, Ticket, TicketEvent
from ticketing.tickets import desk, queries

LATER = datetime(2029, 3, 3, 3, 25, tzinfo=UTC)
GONE = {
    "sigle": "zk4departi",
    "last_name": "Zk4nomparti",
    "first_name": "Zk4prenom",
    "company": "Zk4societe",
    "email": "zk4mail@zk4hote.example",
    "function": "Zk4fonction",
}


@pytest.fixture
def seeded(app, seeded_data):
    """Return the reference data. Tests that also name `any_app` run on both engines, since SQL or the index differs."""
    with app.app_context():
        yield seeded_data
        db.session.remove()


def actor(sigle) -> Actor:
    return sessions.actor_of(accounts.account_id(sigle), now=NOW)


def number_of(made, key):
    return next(ticket["number"] for ticket in made["tickets"] if ticket["key"] == key)


def words_of(made, number):
    return [canary["value"] for canary in made["canaries"] if canary["ticket"] == number]


def version(sigle, number):
    who = actor(sigle)
    return queries.ticket(perimeter(who), who, number).version


def close(number, worker="d1.agent", requester="c11.cmi", now=NOW):
    desk.take_charge(actor(worker), number, version(worker, number), now)
    desk.resolve(actor(worker), number, version(worker, number), "C’est fait.", now)
    desk.confirm(actor(requester), number, version(requester, number), now)


def depart(now=NOW):
    """Return a person of D1 with a canary in every field, who takes part in others' tickets, and leaves."""
    admin = actor("a.admin")
    form = accounts.AccountForm(**GONE, organisation=D1, external=True)
    account = accounts.create_account(form, actor=admin, now=now)
    accounts.add_mandate(account, "technicien-departement", D1, now.date(), actor=admin, now=now)
    accounts.end_account(account, (now + timedelta(days=3)).date(), actor=admin, now=now)
    return account


def figures():
    with db.engine.connect() as connection:
        columns = Figure.__table__.c
        return sorted(tuple(map(str, row)) for row in connection.execute(select(*columns)))


def purge(settings, now=LATER):
    return purging.purge(settings, now, whole=True)


def test_rgp_01_canaries_are_nowhere_after_the_purge_but_where_the_law_holds_them(seeded, settings, any_app):
    """RGP-01. Raw incoming mails come with the mail gateway, so there are none to check yet."""
    nowhere(seeded, settings, LATER)


def test_rgp_01_where_tickets_and_accounts_go_before_the_copies_of_mails_do(seeded, settings):
    schedule = {"ticket_months": 1, "account_months": 1}
    nowhere(seeded, settings.model_copy(update=schedule), NOW + timedelta(days=75))


def nowhere(seeded, settings, later):
    forgotten, held, open_one = (number_of(seeded, key) for key in ("c11-departement", "c11-shared", "c12-departement"))
    person = depart()
    gone = actor(GONE["sigle"])
    desk.take_charge(gone, open_one, version("d1.agent", open_one), NOW)
    desk.comment(gone, open_one, "Je regarde.", now=NOW)
    desk.comment(gone, open_one, "Entre nous.", "internal", now=NOW)
    desk.take_charge(actor("d1.agent"), open_one, version("d1.agent", open_one), NOW)  # « à la place de »
    desk.correct_facts(gone, open_one, version("d1.agent", open_one), {"under_warranty": True}, "Garantie.", NOW)
    close(forgotten)
    close(held)
    consultation.ask(actor("a.admin"), str(forgotten), "recherche", "Essai", NOW)
    legal_holds.put(ticket=held, reason="Contentieux", actor=actor("a.admin"), now=NOW)
    with writing() as session:  # a colleague declared this, and wrote the name with other capitals
        session.add(
            Declaration(
                scope=D1,
                movement="depart",
                last_name=GONE["last_name"].upper(),
                first_name=GONE["first_name"],
                function=GONE["function"],
                effective_on=NOW.date(),
                words=f"Départ de {GONE['last_name']}",
                declared_at=NOW,
                declared_by=person,
                declared_by_name=f"{GONE['first_name']} {GONE['last_name']}",
            )
        )
    delivery.drain(settings, NOW)
    letters.drain(settings, NOW, reading_reports.as_it_leaves)
    data = Path(settings.data_dir)
    canary = words_of(seeded, forgotten)
    assert set(canaries.found(canary, data)) == {word.lower() for word in canary}, "the search is blind"
    identity = [*GONE.values()]
    assert set(canaries.found(identity, data)) == {word.lower() for word in identity}, "the search is blind"
    nightly.write_nightly(later, everything=True)
    before = figures()
    files = {path for path in data.rglob("files/*/*") if path.is_file()}

    done = purge(settings, later)

    assert (done.tickets, done.accounts) == (1, 2)  # « x.fin » had left long before
    assert canaries.found([*canary, *identity], data, leaving_out=set() if later == LATER else {"journal_line"}) == {}
    kept = words_of(seeded, held)
    assert set(canaries.found(kept, data)) == {word.lower() for word in kept}
    assert {path for path in data.rglob("files/*/*") if path.is_file()} < files
    nightly.write_nightly(later, everything=True)
    assert figures() == before and before
    lines = {(line.event, line.subject) for line in db.session.scalars(select(JournalLine))}
    assert ("personal.ticket_forgotten", f"ticket {forgotten}") in lines
    assert ("personal.account_forgotten", f"compte {person}") in lines
    db.session.rollback()
    assert audit.verify().ok
    assert purge(settings, later).total == 0, "a second purge finds nothing more"


def test_a_forgotten_ticket_is_still_read_with_its_dates_and_its_decision(seeded, settings, any_app):
    number = number_of(seeded, "c11-departement")
    close(number)
    purge(settings)
    chef = actor("c11.chef")
    view = queries.ticket(perimeter(chef), chef, number)
    assert view.title == "Ticket pseudonymisé" and view.decision.citations and view.closed_at is not None
    assert {event.author_name for event in view.events} <= {"Personne 1", "Personne 2", "Guichet"}
    assert not [event for event in view.events if event.body_html or event.files]


def test_who_called_and_how_to_reach_them_go_with_the_ticket(seeded, settings):
    draft = Draft(
        title="Plus de réseau",
        body="Depuis ce matin.",
        etablissement="desaix-tarbes",
        service="infrastructure-reseau",
        activity="mco",
        caller=Caller("Zk4appelante Dupuy", "zk4joindre@example.org"),
    )
    number = desk.open_ticket(actor("d1.agent"), draft, [], NOW)
    close(number)
    words, data = ["Zk4appelante", "zk4joindre"], Path(settings.data_dir)
    assert len(canaries.found(words, data)) == 2, "the search is blind"
    purge(settings)
    assert canaries.found(words, data) == {}


def test_nothing_is_written_on_a_forgotten_ticket_that_nobody_would_forget_again(seeded, settings, any_app):
    number = number_of(seeded, "c11-departement")
    chef, admin = actor("c11.chef"), actor("a.admin")
    desk.hand_on(actor("d1.agent"), number, version("d1.agent", number), "academie", "autre", "Pour avis.", NOW)
    close(number, worker="a.tech")
    purge(settings)
    rows = list(canaries.rows())
    shown = version("c11.chef", number)
    for step in (
        lambda: desk.make_confidential(chef, number, shown, True, "Zk4nom de l’élève", LATER),
        lambda: desk.share(chef, number, shown, actor("c11.reseau").account_id, LATER),
        lambda: desk.mask(admin, number, _first_maskable(number), "Zk4nom de l’élève", LATER),
    ):
        with pytest.raises(desk.StepRefused, match="effacées"):
            step()
    assert list(canaries.rows()) == rows
    for who in (chef, admin):
        assert not queries.ticket(perimeter(who), who, number).steps
    db.session.rollback()


def _first_maskable(number):
    found = db.session.scalar(
        select(TicketEvent.id).where(TicketEvent.ticket_id == number, TicketEvent.kind.in_(steps.MASKABLE)).limit(1)
    )
    db.session.rollback()
    return found


def test_why_they_were_kept_goes_with_what_was_kept(seeded, settings, any_app):
    account, number, admin = depart(), number_of(seeded, "c11-departement"), actor("a.admin")
    close(number)
    for kept in ({"ticket": number}, {"account_id": account}):
        hold = legal_holds.put(**kept, reason="Plainte de Zk4plaignant", actor=admin, now=NOW)
        legal_holds.lift(hold, "Zk4plaignant y renonce", actor=admin, now=NOW)
    words = ["Zk4plaignant"]
    assert canaries.found(words, Path(settings.data_dir), leaving_out={"journal_line"})
    purge(settings)
    assert canaries.found(words, Path(settings.data_dir)) == {}
    assert {(one.reason, one.lift_reason) for one in legal_holds.of(admin)} == {("motif effacé", "motif effacé")}
    db.session.rollback()


def test_whoever_opened_it_as_network_manager_no_longer_has_it_in_sight_and_counters_follow(seeded, settings, any_app):
    number = number_of(seeded, "reseau-departement")
    who = actor("c11.reseau")
    before = queries.counts(perimeter(who))["closed"]
    close(number, requester="c11.cmi")
    assert queries.counts(perimeter(who))["closed"] == before + 1
    db.session.rollback()
    purge(settings)
    assert queries.counts(perimeter(who))["closed"] == 0
    with pytest.raises(queries.NotFound):
        queries.ticket(perimeter(who), who, number)
    db.session.rollback()


def test_a_sigle_is_never_given_again(seeded, settings):
    depart()
    purge(settings)
    db.session.rollback()
    form = accounts.AccountForm(
        sigle=GONE["sigle"].upper(),
        last_name="Autre",
        first_name="Personne",
        company="Société",
        email="a@b.fr",
        function="Fonction",
        organisation=D1,
        external=True,
    )
    with pytest.raises(Invalid) as refused:
        accounts.create_account(form, actor=None, now=LATER)
    assert "sigle" in refused.value.errors


def test_a_ticket_goes_after_its_months_and_not_before(seeded, settings):
    close(number_of(seeded, "c11-departement"))
    assert purge(settings, NOW + timedelta(days=30.4 * 23)).tickets == 0
    assert purge(settings, NOW + timedelta(days=30.4 * 25)).tickets == 1


def test_the_incident_of_a_ticket_goes_with_its_words(seeded, settings):
    number = number_of(seeded, "c11-departement")
    close(number)
    with writing() as session:
        session.execute(update(Ticket).where(Ticket.number == number).values(incident="vol"))
    assert "Incident : Vol." in queries.ticket(perimeter(actor("c11.cmi")), actor("c11.cmi"), number).body_html
    db.session.rollback()
    purge(settings)
    assert db.session.get(Ticket, number).incident is None
    assert "Incident" not in queries.ticket(perimeter(actor("c11.cmi")), actor("c11.cmi"), number).body_html
    db.session.rollback()


def test_an_account_goes_a_year_after_its_end_and_not_before(seeded, settings):
    account = depart()
    for days, went in ((360, False), (375, True)):
        purge(settings, NOW + timedelta(days=days))
        assert (db.session.get(Account, account).pseudonymised_at is not None) is went
        db.session.rollback()


def test_a_person_held_keeps_the_account_the_tickets_and_the_mails(seeded, settings, any_app):
    account = depart()
    number = number_of(seeded, "c11-departement")
    gone = actor(GONE["sigle"])
    desk.comment(gone, number, "Je regarde.", now=NOW)
    close(number)
    db.session.rollback()
    hold = legal_holds.put(account_id=account, reason="Enquête", actor=actor("a.admin"), now=NOW)
    mails = db.session.scalar(select(func.count()).where(Notice.recipient_id == account))
    db.session.rollback()
    done = purge(settings)
    assert done.tickets == 0
    assert db.session.get(Account, account).last_name == GONE["last_name"]
    assert db.session.get(Ticket, number).pseudonymised_at is None
    assert db.session.scalar(select(func.count()).where(Notice.recipient_id == account)) == mails
    db.session.rollback()
    legal_holds.lift(hold, "Enquête close", actor=actor("a.admin"), now=LATER)
    done = purge(settings)
    assert (done.tickets, done.accounts) == (1, 1)


def test_all_the_mails_that_a_forgotten_person_wrote_go_however_many(seeded, settings, any_app, monkeypatch):
    """They go in several commits; those that only name the person as their author go too, another's stay."""
    account = depart()
    address = db.session.scalar(select(Account.email).where(Account.id == account))
    for number in range(7):
        store.keep(raw(number, sender=address.upper() if number % 2 else f"autre{number}@ailleurs.example"), "b", NOW)
    with writing() as session:
        session.execute(update(IncomingMail).values(state="ignored"))
        session.execute(update(IncomingMail).where(IncomingMail.id == 1).values(author_id=account))
    monkeypatch.setattr(traces, "MAILS", 2)
    assert traces.forget(account, Path(settings.data_dir) / "courriels", LATER)
    assert list(db.session.scalars(select(IncomingMail.id).order_by(IncomingMail.id))) == [3, 5, 7]


def test_a_person_held_keeps_the_mails_received_and_the_tickets_shared(seeded, settings, any_app):
    """A person who has written nothing on a ticket keeps the mails about it, and a ticket that is shared."""
    told, shared = number_of(seeded, "c12-departement"), number_of(seeded, "c11-departement")
    referent, reseau = (actor(sigle).account_id for sigle in ("d1.ref", "c11.reseau"))
    desk.share(actor("c11.chef"), shared, version("c11.chef", shared), reseau, NOW)
    close(told, requester="c12.cmi")
    close(shared)
    delivery.drain(settings, NOW)
    holding = [
        legal_holds.put(account_id=account, reason="Enquête", actor=actor("a.admin"), now=NOW)
        for account in (referent, reseau)
    ]

    def mails():
        found = list(
            db.session.execute(
                select(Notice.id, Notice.recipient_id, NoticeWords.data)
                .outerjoin(NoticeWords, NoticeWords.event_id == Notice.event_id)
                .where(Notice.ticket_id == told)
                .order_by(Notice.id)
            ).all()
        )
        db.session.rollback()
        return found

    before = mails()
    assert (
        all(row.data for row in before)
        and referent in {row.recipient_id for row in before}
        and len({row.recipient_id for row in before}) > 1
    )
    assert purge(settings).tickets == 1
    assert db.session.get(Ticket, shared).pseudonymised_at is None and db.session.get(Ticket, told).pseudonymised_at
    assert mails() == [row for row in before if row.recipient_id == referent]
    copies = {path.stem for path in (Path(settings.data_dir) / "courriels").glob("0*.eml")}
    last = max(row.id for row in before if row.recipient_id == referent)  # a mail of several has the last one's number
    assert f"{last:08d}" in copies
    for hold in holding:
        legal_holds.lift(hold, "Close", actor=actor("a.admin"), now=LATER)
    assert purge(settings).tickets == 1 and mails() == []
    of_ticket = NoticeWords.ticket_id == told
    assert db.session.scalar(select(func.count()).select_from(NoticeWords).where(of_ticket)) == 0
    db.session.rollback()
    words = [*words_of(seeded, told), *words_of(seeded, shared)]
    assert canaries.found(words, Path(settings.data_dir)) == {}


def test_a_homonym_keeps_the_name(seeded, settings):
    """Acts that carry only a name may be the homonym's: they keep it."""
    depart()
    admin = actor("a.admin")
    twin = accounts.create_account(
        accounts.AccountForm(**GONE | {"sigle": "zk4autre"}, organisation=D1, external=True), actor=admin, now=NOW
    )
    purge(settings)
    assert db.session.get(Account, twin).last_name == GONE["last_name"]
    db.session.rollback()


def test_a_run_cut_short_is_taken_up_again(seeded, settings, monkeypatch, any_app):
    """The run is killed after the second ticket: two tickets are done whole, and the next run does the rest."""
    from ticketing.personal_data import erasing

    numbers = [number_of(seeded, key) for key in ("c11-departement", "c11-shared", "reseau-departement")]
    for number in numbers:
        close(number)
    real, seen = erasing.forget, []

    def dying(number, *rest):
        if len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(number)
        return real(number, *rest)

    monkeypatch.setattr(erasing, "forget", dying)
    with pytest.raises(KeyboardInterrupt):
        purge(settings)
    monkeypatch.setattr(erasing, "forget", real)
    db.session.rollback()
    assert purge(settings).tickets == 1
    words = [word for number in numbers for word in words_of(seeded, number)]
    assert canaries.found(words, Path(settings.data_dir)) == {}


def test_files_are_of_no_row_and_on_no_disk(seeded, settings):
    number = number_of(seeded, "c11-departement")
    close(number)
    paths = list(db.session.scalars(select(Attachment.path).where(Attachment.ticket_id == number)))
    db.session.rollback()
    folder = receiving.files_folder()
    for path in paths:
        (folder / f"{path}.vignette.png").write_bytes(b"thumbnail")  # a file made from another lies beside it
    purge(settings)
    assert paths and not [path for path in paths if list((folder / path).parent.glob(f"{Path(path).name}*"))]


def test_copies_of_mails_go_after_ninety_days(seeded, settings, any_app):
    delivery.drain(settings, NOW)
    sent = db.session.scalar(select(func.count()).select_from(Notice))
    db.session.rollback()
    assert purge(settings, NOW + timedelta(days=88)).mails == 0
    assert purge(settings, NOW + timedelta(days=92)).mails >= sent > 0
    left = set(db.session.scalars(select(NoticeWords.event_id)))  # what they said goes with the last of them
    assert left == set(db.session.scalars(select(Notice.event_id)))
    db.session.rollback()
    assert not list((Path(settings.data_dir) / "courriels").glob("0*.eml"))


def test_dry_run_counts_what_goes_and_changes_nothing(seeded, settings, any_app):
    close(number_of(seeded, "c11-departement"))
    depart()
    rows = list(canaries.rows())
    told = purging.due(settings, LATER)
    assert list(canaries.rows()) == rows
    done = purging._once(settings, LATER)
    assert told == done


def test_acts_on_agreements_lose_the_name_of_who_left(seeded, settings, any_app):
    """The test covers every column that the inventory calls signed, in every table."""
    account = depart()
    name = f"{GONE['first_name']} {GONE['last_name']}"
    draft = _row("matrix_draft")
    for signed in inventory.SIGNED:
        _row(signed.table, {signed.name: name, **({signed.id: account} if signed.id else {})}, draft)
    data = Path(settings.data_dir)
    assert {one.table for one in inventory.SIGNED} <= set(canaries.found([name], data)[name.lower()])
    purge(settings)
    assert canaries.found([name], data) == {}


_serial = iter(range(10_000))


def _row(table, values=(), draft=None):
    """Add a row that the table accepts, with these values; return its id, if it has one."""
    columns = Base.metadata.tables[table].c
    made = {column.name: _filler(column) for column in columns if not column.primary_key or column.name != "id"}
    made |= {"draft_id": draft} if "draft_id" in columns else {}
    with writing() as session:
        done = session.execute(Base.metadata.tables[table].insert().values(**made | dict(values)))
        return done.inserted_primary_key[0]


def _filler(column):
    kinds = {Integer: 1, Boolean: False, JSON: {}, Instant: NOW, Date: NOW.date()}
    for kind, value in kinds.items():
        if isinstance(column.type, kind):
            return value
    return f"x{next(_serial)}"[: column.type.length or 99]


def tables():
    """Return every table of the program, once all of them are declared."""
    for folder in ("charters", "ticketing"):
        root = Path(charters.__file__).parent.parent
        for path in [*(root / folder).rglob("*tables.py"), *(root / folder).rglob("tables/*.py")]:
            import_module(".".join(path.relative_to(root).with_suffix("").parts))
    return dict(Base.metadata.tables)


def in_no_list(found):
    """Return the columns of these tables that are neither in the inventory nor among the plain columns."""
    return {
        (name, column.name)
        for name, table in found.items()
        for column in table.c
        if column.name not in inventory.INVENTORY[name] and column.name not in plain_columns.PLAIN[name]
    }


def test_every_column_that_holds_text_is_in_the_inventory():
    for name, table in tables().items():
        text = {column.name for column in table.c if isinstance(column.type, String | JSON)}
        assert text <= set(inventory.INVENTORY[name]) and not text & set(plain_columns.PLAIN[name]), name


def test_every_column_is_in_the_inventory_or_says_why_it_identifies_nobody():
    found = tables()
    assert in_no_list(found) == set()
    assert set(inventory.INVENTORY) == set(plain_columns.PLAIN) == set(found)
    for name, table in found.items():
        known = [*inventory.INVENTORY[name], *plain_columns.PLAIN[name]]
        assert sorted(known) == sorted(table.c.keys()), f"{name}: a column that is gone, or told twice"


@pytest.mark.parametrize("kind", [Date, Integer, Boolean, Instant, LargeBinary, Text])
def test_a_new_column_of_any_type_that_is_in_no_list_is_found(kind):
    found = tables()
    account = found["account"].to_metadata(MetaData())
    account.append_column(Column("born_on", kind()))
    assert in_no_list(found | {"account": account}) == {("account", "born_on")}


def test_the_inventory_knows_every_signed_name():
    signed = {(one.table, one.name) for one in inventory.SIGNED}
    # their own code erases them
    elsewhere = {"account", "correction", "declaration", "letter", "notice", "signature", "ticket", "ticket_event"}
    assert signed == {
        (table, name)
        for table, columns in inventory.INVENTORY.items()
        if table not in elsewhere
        for name, kind in columns.items()
        if kind == inventory.PERSON
    }


def test_only_an_administrator_of_the_academie_sets_and_lifts(seeded):
    from charters.errors import NotFound, Refused

    admin = actor("a.admin")
    with pytest.raises(Refused):
        legal_holds.put(ticket=1, reason="Non", actor=actor("d1.ref"), now=NOW)
    with pytest.raises(Invalid):
        legal_holds.put(ticket=1, reason=" \u00a0", actor=admin, now=NOW)
    hold = legal_holds.put(ticket=1, reason="Contentieux", actor=admin, now=NOW)
    with pytest.raises(Refused):
        legal_holds.put(ticket=1, reason="Encore", actor=admin, now=NOW)
    with writing() as session:
        session.execute(update(legal_holds.LegalHold).values(academie="academie-ailleurs"))
    with pytest.raises(NotFound):
        legal_holds.lift(hold, "Fini", actor=admin, now=NOW)
    assert legal_holds.of(admin) == []
    db.session.rollback()
