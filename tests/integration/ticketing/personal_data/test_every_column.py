"""Every column that the inventory says may identify a person is exported and wiped, or has a reason not to be."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from harness.seeded import NOW
from sqlalchemy import JSON, Boolean, Date, Integer, LargeBinary, Text, cast, func, or_, select, update

from charters.database import Base, Instant, db, writing
from charters.entry import sessions
from charters.model import Actor
from charters.people import accounts
from charters.permissions import perimeter
from ticketing.demo.people import D1
from ticketing.personal_data import export, inventory, purging, sections
from ticketing.personal_data.inventory import CONTACT, FILE, PERSON, SIGLE, WORDS
from ticketing.tickets import desk, queries

LATER = datetime(2029, 3, 3, 3, 25, tzinfo=UTC)
FIRST, LAST, GONE_SIGLE = "Zkprenom", "Zknomparti", "zk.partie"
#: Columns with an account's id, besides those whose name ends with « _by ».
WHO = ("account_id", "author_id", "recipient_id", "assignee_id")
#: Tables whose rows the use cases make: the test changes these rows and adds none.
MADE = {"account": "id", "ticket": "number", "notice_words": "event_id"}


def personal() -> dict[str, dict[str, str]]:
    """Return table -> column -> kind, for the columns with words, names or addresses of people, or their files."""
    kinds = (PERSON, SIGLE, CONTACT, WORDS, FILE)
    found = {
        table: {name: kind for name, kind in columns.items() if kind in kinds}
        for table, columns in inventory.INVENTORY.items()
    }
    return {table: columns for table, columns in found.items() if columns}


class Planted:
    """A person who left, and a row of each table that belongs to this person, with a canary in each personal column."""

    def __init__(self) -> None:
        self.canaries: dict[tuple[str, str], Any] = {}
        self._serial = iter(range(100_000, 999_999))
        admin = _actor("a.admin")
        form = accounts.AccountForm(GONE_SIGLE, LAST, FIRST, "Zk", "zk@zk.example", "Zk", D1, external=True)
        self.account = accounts.create_account(form, actor=admin, now=NOW)
        accounts.add_mandate(self.account, "technicien-departement", D1, NOW.date(), actor=admin, now=NOW)
        self.actor = _actor(GONE_SIGLE)
        self.ticket, self.event = self._own_ticket()
        self._rows: dict[str, Any] = {}
        for table in _in_order(personal()):
            self._plant(table)
        accounts.end_account(self.account, (NOW + timedelta(days=3)).date(), actor=admin, now=NOW)

    def _own_ticket(self) -> tuple[int, int]:
        """Open a ticket on which the person wrote; return its number and the entry's id."""
        row = Base.metadata.tables["ticket"].c
        number = db.session.scalar(select(func.min(row.number)).where(row.holder_organisation == D1))
        assert number is not None
        at = queries.ticket(perimeter(self.actor), self.actor, number)
        desk.take_charge(self.actor, number, at.version, NOW)
        event = Base.metadata.tables["ticket_event"].c
        mine = select(func.max(event.id)).where(event.ticket_id == number, event.author_id == self.account)
        found = db.session.scalar(mine)
        assert found is not None
        return number, found

    def _plant(self, table: str) -> None:
        columns = Base.metadata.tables[table].c
        values = {name: self._canary(table, name, kind) for name, kind in personal()[table].items()}
        values |= {column.name: self.account for column in columns if _who(column)}
        with writing() as session:
            if table in MADE:
                key = {"account": self.account, "ticket": self.ticket, "notice_words": self.event}[table]
                where = columns[MADE[table]] == key
                session.execute(update(Base.metadata.tables[table]).where(where).values(**values))
                return
            filled = {name: self._filler(column) for name, column in columns.items() if name != "id"}
            done = session.execute(Base.metadata.tables[table].insert().values(**filled | values))
            self._rows[table] = done.inserted_primary_key[0]

    def _canary(self, table: str, name: str, kind: str) -> Any:
        column = Base.metadata.tables[table].c[name]
        if isinstance(column.type, Date | Integer):  # a personal column without text: a day or a number of its own
            number = next(self._serial)
            self.canaries[table, name] = date.fromordinal(number) if isinstance(column.type, Date) else number
            return self.canaries[table, name]
        if isinstance(column.type, LargeBinary):
            self.canaries[table, name] = f"zk{next(self._serial)}".encode()
            return self.canaries[table, name]
        value = {SIGLE: GONE_SIGLE, PERSON: f"{FIRST} {LAST}"}.get(kind)
        if name in ("first_name", "last_name"):
            value = FIRST if name == "first_name" else LAST
        elif (table, name) == ("mail_address", "address"):  # a row that is the person's by the address alone
            value = self.canaries["account", "email"]
        elif value is None:
            value = f"zk{next(self._serial)}"
        self.canaries[table, name] = value
        if name == "shared_with":
            return [[self.account, value]]
        if isinstance(Base.metadata.tables[table].c[name].type, JSON):
            key = {"decision": "by", "ticket_event": "previous", "notice_words": "assignee_name"}[table]
            words = {"decision": "reason", "notice_words": "words"}.get(table, "said")
            return {key: f"{FIRST} {LAST}", words: value}
        return value

    def _filler(self, column: Any) -> Any:
        known = {"ticket_id": self.ticket, "ticket_number": self.ticket, "event_id": self.event, "kind": "taken"}
        known |= {"version": 99}  # beside the versions of the articles that the data have
        known |= {"mail_id": self._rows.get("incoming_mail"), "twin_of": None}
        known |= {"draft_id": self._rows.get("matrix_draft"), "visibility": "public", "side": D1, "state": "sent"}
        if column.name in known:
            return known[column.name]
        if column.name in ("masked_at", "pseudonymised_at", "withdrawn_at"):
            return None
        kinds = {Integer: 1, Boolean: False, JSON: {}, Instant: NOW, Date: NOW.date()}
        for kind, value in kinds.items():
            if isinstance(column.type, kind):
                return value
        return f"x{next(self._serial)}"[: column.type.length or 99]

    def exported(self) -> str:
        """Return what the person's own file and an administrator's file say, as JSON."""
        admin = _actor("a.admin")
        reason = export.ExportForm("recherche", "")
        files = (
            export.own(self.actor, perimeter(self.actor), lambda *_: "", NOW),
            export.of(admin, self.account, reason, lambda *_: "", NOW),
        )
        return json.dumps([text for file in files for text in _texts(file)], ensure_ascii=False)

    def left(self) -> set[tuple[str, str]]:
        """Return the columns that still hold their canary."""
        return {(table, name) for (table, name), value in self.canaries.items() if _holds(table, name, value)}


def _actor(sigle: str) -> Actor:
    return sessions.actor_of(accounts.account_id(sigle), now=NOW)


def _who(column: Any) -> bool:
    return isinstance(column.type, Integer) and (column.name.endswith("_by") or column.name in WHO)


def _in_order(tables: dict[str, Any]) -> Iterator[str]:
    """Yield the tables, each after those that it refers to."""
    return (table.name for table in Base.metadata.sorted_tables if table.name in tables)


def _texts(file: Any) -> Iterator[Any]:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.startswith("json/"):
                yield json.loads(archive.read(name))


def _holds(table: str, name: str, value: Any) -> bool:
    column = Base.metadata.tables[table].c[name]
    if isinstance(column.type, Date | Integer | LargeBinary):
        return bool(db.session.scalar(select(func.count()).select_from(column.table).where(column == value)))
    sought = cast(column, Text).contains(value, autoescape=True)
    if isinstance(column.type, JSON):
        sought = or_(sought, cast(column, Text).contains(LAST))
    return bool(db.session.scalar(select(func.count()).select_from(column.table).where(sought)))


def _named_in_a_section(table: str, name: str) -> bool:
    """Whether a section reads the rows that name the person in this column, by the column or by its account's id."""
    stem = name.removesuffix("_name")
    subject = sections.DataSubject(1, GONE_SIGLE, FIRST, LAST, True)
    for section in sections.SECTIONS:
        made = section.query(subject, sections.ExportReach(academie="academie-toulouse"))
        for query in made if isinstance(made, Iterator) else (made,):
            said = str(query)
            if any(f"{table}.{one} " in f"{said} " or f"{table}.{one}," in said for one in (name, stem, f"{stem}_id")):
                return True
            if f"{table}.account_id" in said:
                return True
    return False


def not_exported(planted: Planted) -> set[tuple[str, str]]:
    """Return the personal columns that are missing in the files."""
    said = planted.exported()
    return {
        (table, name)
        for table, columns in personal().items()
        for name, kind in columns.items()
        if not (
            _named_in_a_section(table, name) if kind in (PERSON, SIGLE) else str(planted.canaries[table, name]) in said
        )
    }


def not_wiped(planted: Planted, settings: Any) -> set[tuple[str, str]]:
    """Return the personal columns that still identify the person after the whole purge."""
    row = Base.metadata.tables["ticket"]
    with writing() as session:
        done = {"state": "closed", "closed_at": NOW}
        session.execute(update(row).where(row.c.number == planted.ticket).values(**done))
    purging.purge(settings, LATER, whole=True)
    return planted.left()


@pytest.fixture
def planted(app: Any, seeded_data: Any) -> Iterator[Planted]:
    with app.app_context():
        yield Planted()
        db.session.remove()


def test_every_personal_column_is_exported_and_wiped_or_says_why_not(planted: Planted, settings: Any) -> None:
    assert planted.left() == set(planted.canaries), "the search is blind"
    assert not_exported(planted) == set(sections.COLUMNS_LEFT_OUT)
    assert not_wiped(planted, settings) == set(inventory.KEPT)


@pytest.fixture
def one_more(monkeypatch: Any) -> tuple[str, str]:
    """Add a column to the inventory, and nowhere else."""
    monkeypatch.setitem(inventory.INVENTORY["otp_key"], "algorithm", WORDS)
    return "otp_key", "algorithm"


def test_a_column_with_its_line_in_the_inventory_and_nothing_else_is_found(
    one_more: tuple[str, str], planted: Planted, settings: Any
) -> None:
    assert one_more in not_exported(planted)
    assert one_more in not_wiped(planted, settings)


@pytest.fixture(params=["returned_on", "drift"])
def without_text(request: Any, monkeypatch: Any) -> tuple[str, str]:
    """Say of a day, then of a number, that it is personal."""
    monkeypatch.setitem(inventory.INVENTORY["otp_key"], request.param, CONTACT)
    return "otp_key", request.param


def test_a_personal_column_without_text_is_looked_for_too(
    without_text: tuple[str, str], planted: Planted, settings: Any
) -> None:
    assert without_text in planted.left(), "the search is blind"
    assert without_text in not_wiped(planted, settings)
