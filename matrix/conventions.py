"""All agreements together, indexed by the ids that a request names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from matrix.days import SchoolCalendar
from matrix.files import CALENDAR, SHIPPED, folders, load_calendar, load_convention, load_vocabulary
from matrix.french import fold, grammar
from matrix.model import CategoryLine, Convention, Etablissement, Vocabulary
from matrix.owners import OWN, body_of, own_party
from matrix.places import strangers


class Conventions:
    """The agreements that may route, the shared vocabulary and the school calendar. Frozen once made."""

    def __init__(
        self, conventions: Iterable[Convention], vocabulary: Vocabulary, calendar: SchoolCalendar | None = None
    ) -> None:
        self.vocabulary = vocabulary
        self.calendar = calendar or SchoolCalendar()
        self._by_id = {convention.id: convention for convention in conventions}
        #: Name of a body -> the article that an agreement declares for it.
        self.articles = {name: one for convention in self._by_id.values() for name, one in convention.articles.items()}
        self._of: dict[str, list[Convention]] = {}
        self._etablissements: dict[str, Etablissement] = {}
        self._strangers: dict[tuple[str, str], frozenset[str]] = {}
        self._under: dict[str, tuple[tuple[Convention, Etablissement], ...]] | None = None
        for convention in self._by_id.values():
            for place in convention.etablissements.values():
                self._of.setdefault(place.id, []).append(convention)
                self._etablissements.setdefault(place.id, place)

    def with_conventions(self, conventions: Iterable[Convention]) -> Conventions:
        """A copy with other agreements (amended ones, or a single one) and the same vocabulary and calendar."""
        return Conventions(conventions, self.vocabulary, self.calendar)

    def __iter__(self) -> Iterator[Convention]:
        return iter(self._by_id.values())

    def __getitem__(self, convention_id: str) -> Convention:
        return self._by_id[convention_id]

    def __contains__(self, convention_id: object) -> bool:
        return convention_id in self._by_id

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._by_id)

    @property
    def etablissements(self) -> Mapping[str, Etablissement]:
        """Every établissement that an agreement names, by id."""
        return self._etablissements

    @property
    def services(self) -> Mapping[str, str]:
        """Service id -> label."""
        return self.vocabulary.services

    @property
    def activities(self) -> Mapping[str, str]:
        """Activity id -> label, in the order of the six columns."""
        return self.vocabulary.activities

    @property
    def sections(self) -> Mapping[str, tuple[str, ...]]:
        """Section id -> its services, in the order of annexe 2."""
        return self.vocabulary.sections

    @property
    def user_categories(self) -> tuple[str, ...]:
        """The 15 ids of annexe 2 bis."""
        return self.vocabulary.user_categories

    def of(self, etablissement: str) -> tuple[Convention, ...]:
        """The agreements that cover an établissement; empty when it is unknown."""
        return tuple(self._of.get(etablissement, ()))

    def named(self, etablissement: str) -> set[str]:
        """The services that the agreements of an établissement name: in a section, a cell or an exclusion."""
        found: set[str] = set()
        for convention in self.of(etablissement):
            found.update(convention.exclusions)
            for section in convention.sections:
                found.update(self.sections.get(section, ()))
            for version in convention.versions:
                found.update(service for service, _ in version.cells)
        return found

    def categories(self, etablissement: str) -> tuple[CategoryLine, ...]:
        """The lines of annexe 2 bis that apply to an établissement, in the annexe's order."""
        for convention in self.of(etablissement):
            if convention.categories:
                return tuple(convention.categories.values())
        return ()

    def organisation(self, convention_id: str | None, party: str, etablissement: str) -> tuple[str, str]:
        """The body behind a party: (organisation id, name); for the établissement itself, its own id and name."""
        place = self._etablissements[etablissement]
        conventions = [self._by_id[convention_id]] if convention_id in self._by_id else list(self.of(etablissement))
        for convention in conventions:
            own = convention.etablissements.get(etablissement, place)
            party = own_party(party, own, convention.parties) or party if party in OWN else party
            body = body_of(party, convention.parties)
            if body is None:
                continue
            if body.organisation == "*":
                return place.id, place_name(place)
            if (mine := own.body(party)) is not None:
                return mine.organisation, mine.name
            return body.organisation or party, body.name
        return party, party

    def academie(self, etablissement: str, convention: Convention | None = None) -> str:
        """The organisation that is the académie of an établissement, in one of its agreements or in the first.

        It is the desk's where no party of the agreement is an académie.
        """
        for one in self.of(etablissement) if convention is None else (convention,):
            own = own_party("EN", one.etablissements[etablissement], one.parties)
            if own is not None:
                return self.organisation(one.id, own, etablissement)[0]
        one = convention or self.of(etablissement)[0]
        return self.organisation(one.id, one.desk, etablissement)[0]

    def under(self, academie: str) -> tuple[tuple[Convention, Etablissement], ...]:
        """The établissements of an académie, with each of their agreements that has it sign."""
        if self._under is None:
            found: dict[str, list[tuple[Convention, Etablissement]]] = {}
            for one in self:
                for place in one.etablissements.values():
                    found.setdefault(self.academie(place.id, one), []).append((one, place))
            self._under = {name: tuple(pairs) for name, pairs in found.items()}
        return self._under.get(academie, ())

    @property
    def academies(self) -> tuple[str, ...]:
        """The organisations that are the académie of some établissement, in the order of their ids."""
        self.under("")
        return tuple(sorted(self._under or ()))

    def strangers(self, convention: Convention, etablissement: str) -> frozenset[str]:
        """The parties of an agreement that are only other établissements' own (`matrix.places.strangers`)."""
        key = (convention.id, etablissement)
        if key not in self._strangers:
            self._strangers[key] = strangers(convention, convention.etablissements[etablissement])
        return self._strangers[key]

    def opens(self, role: str, etablissement: str) -> frozenset[str] | None:
        """The services for which a role may open tickets (annexe 5); None: no restriction is written."""
        for convention in self.of(etablissement):
            if role in convention.opens:
                return convention.opens[role]
        return None


def place_name(place: Etablissement) -> str:
    """Kind, name and commune, each said once: « Collège Desaix, Tarbes », « Collège de Lezay »."""
    kind = _KINDS.get(place.kind, "Établissement")
    named = fold(place.name).startswith(f"{fold(kind)} ")
    return grammar.at(place.name if named else f"{kind} {place.name}", place.commune)


_KINDS = {"college": "Collège", "lycee": "Lycée", "ecole": "École", "cite-scolaire": "Cité scolaire"}


def load_conventions(*roots: Path, calendar: Path | None = None) -> Conventions:
    """The agreements under each folder of `roots` (by default those that ship); raises `ConventionError`.

    `calendar`: a file of school holidays to read in the place of the one that ships.
    """
    vocabulary = load_vocabulary()
    found = []
    for root in roots or (SHIPPED,):
        for folder in folders(root):
            convention = load_convention(folder, vocabulary)
            vocabulary = vocabulary.with_services(convention.own_services, convention.forms)
            vocabulary = vocabulary.with_parties(convention.own_roles)
            found.append(convention)
    return Conventions(found, vocabulary, load_calendar(calendar or CALENDAR))
