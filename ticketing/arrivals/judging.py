"""Each line of a list of people judged: created, unchanged, changed, or refused and why; and what is to be written.

Nothing is written here, and the same base and list give the same answer: the page shows it, then the import asks it
again under its lock and writes exactly that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from charters.model import Role
from charters.people import accounts
from charters.people.accounts import AccountForm
from charters.people.arriving import Given, Newcomer
from charters.people.corrections import Identity
from charters.tables.access import Account
from matrix.french import name as folded
from ticketing.arrivals import employers, mandates
from ticketing.arrivals.known import Known, same_name
from ticketing.arrivals.naming import ROLES, Names
from ticketing.arrivals.people_columns import LABELS, Typed
from ticketing.arrivals.reach import Reach

_ELSEWHERE = "La ligne {} dit autre chose de cette personne."
_ENDED = "L’activité de cette personne est terminée : reprenez-la sur sa fiche, puis recommencez."
_ATTACHED = "Cette personne est rattachée ailleurs : un import ne change pas le rattachement."


class Outcome(StrEnum):
    """What becomes of a line."""

    CREATED = "créé"
    UNCHANGED = "inchangé"
    CHANGED = "modifié"
    REFUSED = "refusé"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a line: what it does, in words, or its faults, each with the name of its column."""

    line: int
    name: str
    sigle: str
    outcome: Outcome
    words: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Work:
    """What is to be written when no line is refused."""

    newcomers: list[Newcomer] = field(default_factory=list)
    corrections: list[tuple[int, Identity]] = field(default_factory=list)
    given: list[tuple[int, Given]] = field(default_factory=list)
    ended: list[tuple[int, date]] = field(default_factory=list)  # (mandate, last day)

    @property
    def changes(self) -> int:
        """Return how many things would be written."""
        return len(self.newcomers) + len(self.corrections) + len(self.given) + len(self.ended)


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict of every line, in the list's order, and what they would write."""

    verdicts: tuple[Verdict, ...]
    work: Work

    def count(self, outcome: str) -> int:
        """Return how many lines have this outcome."""
        return sum(one.outcome == outcome for one in self.verdicts)

    @property
    def refused(self) -> bool:
        """Whether a line is refused: then nothing is written."""
        return any(one.outcome is Outcome.REFUSED for one in self.verdicts)

    @property
    def digest(self) -> str:
        """Return a print of the verdicts, by which a confirmation of others is known."""
        return hashlib.sha256(repr(self.verdicts).encode()).hexdigest()


@dataclass(slots=True)
class _Person:
    """A person of the list, over all the lines about them."""

    line: int
    typed: Typed
    sigle: str = ""
    account: Account | None = None
    form: AccountForm | None = None
    given: list[Given] = field(default_factory=list)
    held: list[tuple[int, Given]] = field(default_factory=list)  # the mandates of the list, each with its line


class Judge:
    """Judges the lines of one list, one after the other."""

    def __init__(self, reach: Reach, known: Known, retired: Collection[str], day: date) -> None:
        self.reach, self.known, self.day = reach, known, day
        self.names = Names(reach.places)
        self.retired = frozenset(retired)
        self.proposed: list[str] = []  # the sigles of new accounts, in order
        self._people: dict[str, _Person] = {}
        self._sigles: dict[tuple[str, str], str] = {}  # (address, name) -> the sigle that the list gives them
        self._work = Work()

    def judge(self, rows: Sequence[Typed]) -> Judged:
        """Return the verdicts on all rows."""
        for row in rows:
            if row.values["sigle"]:
                self._sigles.setdefault(_who(row), row.values["sigle"])
        verdicts = tuple(self._line(row) for row in rows)
        self._work.newcomers = [
            Newcomer(one.form, tuple(one.given)) for one in self._people.values() if one.form is not None
        ]
        return Judged(verdicts, self._work)

    def _line(self, row: Typed) -> Verdict:
        faults, scope_id, role = dict(row.faults), "", None
        if row.values["scope_id"]:
            scope_id, told = self.names.place(row.values["scope_id"])
            _add(faults, "scope_id", told)
        if row.values["role"]:
            role, told = self.names.role(row.values["role"], scope_id)
            _add(faults, "role", told)
            if role is not None and not row.values["scope_id"]:
                scope_id = self.reach.academie if role.scope_kind == "academie" else ""
                _add(faults, "scope_id", "" if scope_id else "Dites sur quel établissement ou quelle collectivité.")
        elif scope_id or row.starts_on or row.ends_on:
            _add(faults, "role", "Dites le rôle de cette personne ici.")
        person, words, new = self._person(row, scope_id, faults)
        given = None
        if role is not None and scope_id and not faults:
            given = mandates.asked(role, scope_id, row, self.day, faults)
        if given is not None and person is not None:
            words = [*words, *self._mandate(person, given, row, faults)]
        return self._verdict(row, person, words, faults, new)

    def _verdict(
        self, row: Typed, person: _Person | None, words: Sequence[str], faults: Mapping[str, str], new: bool
    ) -> Verdict:
        sigle = person.sigle if person else row.values["sigle"]
        if faults:
            told = tuple((LABELS.get(column, column), sentence) for column, sentence in faults.items())
            return Verdict(row.line, row.name, sigle, Outcome.REFUSED, (), told)
        outcome = Outcome.CREATED if new else Outcome.CHANGED if words else Outcome.UNCHANGED
        return Verdict(row.line, row.name, sigle, outcome, tuple(words))

    # --- the person ---

    def _person(self, row: Typed, scope_id: str, faults: dict[str, str]) -> tuple[_Person | None, list[str], bool]:
        """Return the person of a line, what the line does to the account, and whether it creates it."""
        for column, sentence in accounts.identity_faults(row.values).items():
            _add(faults, column, sentence)
        asked = row.values["sigle"] or self._sigles.get(_who(row), "")
        same = self.known.named(row.values["email"], row.name)
        key = asked or (same.sigle if same else repr(_who(row)))
        if (person := self._people.get(key)) is not None:
            for column in accounts.WANTED:
                if row.values[column] != person.typed.values[column]:
                    _add(faults, column, _ELSEWHERE.format(person.line))
            return person, [], person.form is not None
        person = self._people[key] = _Person(row.line, row)
        account = self.known.by_sigle.get(asked) if asked else same
        if account is not None:
            person.account, person.sigle = account, account.sigle
            return person, self._known_person(account, row, faults), False
        if asked and same is not None:
            _add(faults, "sigle", f"Cette personne a déjà un compte, sous le sigle {same.sigle}.")
        return person, self._new_person(person, asked, scope_id, faults), True

    def _known_person(self, account: Account, row: Typed, faults: dict[str, str]) -> list[str]:
        if not same_name(account, row.name) and account.email.lower() != row.values["email"].lower():
            _add(faults, "sigle", accounts.TAKEN)
            return []
        if account.ends_on is not None and account.ends_on < self.day:
            _add(faults, "sigle", _ENDED)
        if row.values["organisation"] and self.names.place(row.values["organisation"])[0] != account.organisation:
            _add(faults, "organisation", _ATTACHED)
        if row.external is not None and row.external != account.external:
            _add(faults, "external", "La fiche dit l’inverse : un import ne le change pas.")
        wanted = {name: row.values[name] for name in accounts.WANTED}
        if self.known.awaited.get(account.id, "").lower() == wanted["email"].lower():
            wanted["email"] = account.email  # already asked: it waits for its owner
        changed = [name for name in wanted if wanted[name] != getattr(account, name)]
        if "email" in changed:
            others = self.known.by_mail.get(wanted["email"].lower(), ())
            if other := next((one for one in others if one.id != account.id), None):
                _add(faults, "email", f"Cette adresse est déjà celle du compte {other.sigle} : chacun a la sienne.")
        if changed and not faults:
            self._work.corrections.append((account.id, Identity(**wanted)))
        return [
            "nouvelle adresse mail, à confirmer par la personne"
            if name == "email"
            else f"{LABELS[name].lower()} corrigé"
            for name in changed
        ]

    def _new_person(self, person: _Person, asked: str, scope_id: str, faults: dict[str, str]) -> list[str]:
        row = person.typed
        organisation = scope_id
        if row.values["organisation"]:
            organisation, told = self.names.place(row.values["organisation"])
            _add(faults, "organisation", told)
        elif not scope_id and not row.values["scope_id"] and not row.values["role"]:
            _add(faults, "organisation", "Dites le rattachement, ou un rôle et son périmètre.")
        person.sigle = asked or self._free(row)
        if person.sigle in self.known.taken or person.sigle in self.retired:
            _add(faults, "sigle", accounts.TAKEN)
        elif not accounts.SIGLE.fullmatch(person.sigle):
            _add(faults, "sigle", _NO_SIGLE if not asked else _SIGLE)
        external = row.external
        if external is None:
            external = employers.external(row.values["company"], self.names.kinds.get(organisation))
        identity = {name: row.values[name] for name in accounts.WANTED}
        form = AccountForm(sigle=person.sigle, organisation=organisation, external=external, **identity)
        self.proposed.append(person.sigle)
        self.known.taken.add(person.sigle)
        person.form = form
        return ["compte" + (", extérieur à l’Éducation nationale" if external else "")]

    def _free(self, row: Typed) -> str:
        """Return a sigle that was never given, as the forms propose them: « p.durand », « p.durand2 »."""
        first, last = (
            "".join(one for one in folded(row.values[name]) if one.isascii() and one.isalnum())
            for name in ("first_name", "last_name")
        )
        base = f"{first[:1]}.{last}"[:28].rstrip(".-") if first and last else ""
        listed = self._sigles.values()
        for number in range(1, 200):
            sigle = base if number == 1 else f"{base}{number}"
            if sigle not in self.known.taken and sigle not in self.retired and sigle not in listed:
                return sigle
        return ""

    # --- the mandate ---

    def _mandate(self, person: _Person, given: Given, row: Typed, faults: dict[str, str]) -> list[str]:
        """Return what the line does to the person's mandates; adds it to the work."""
        what = f"{ROLES[Role(given.role)][0]}, {self.names.labels[given.scope_id]}"
        for line, other in person.held:
            if mandates.overlap(other, given):
                _add(faults, "role", f"La ligne {line} donne déjà ce mandat.")
                return []
        person.held.append((row.line, given))
        if person.account is None:
            person.given.append(given)
            return [what]
        change = mandates.beside(
            given, row, person.account.ends_on, self.known.mandates.get(person.account.id, ()), self.day, faults
        )
        if faults:
            return []
        if isinstance(change, Given):
            self._work.given.append((person.account.id, change))
            return [f"mandat : {what}"]
        if change is not None:
            self._work.ended.append(change)
            return [f"fin de mandat le {change[1]:%d/%m/%Y} : {what}"]
        return []


_SIGLE = "Un sigle compte 2 à 32 caractères : lettres sans accent, chiffres, points et traits d’union."
_NO_SIGLE = "Aucun sigle ne se tire de ce nom : donnez-en un."


def _add(faults: dict[str, str], column: str, sentence: str) -> None:
    if sentence:
        faults.setdefault(column, sentence)


def _who(row: Typed) -> tuple[str, str]:
    return row.values["email"].lower(), folded(row.name)
