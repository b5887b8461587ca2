"""The ids and labels that all agreements share. Frozen values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from matrix.french.grammar import Form
from matrix.model.decision import Role

#: The section of the services that annexe 2 does not name.
OTHER_SECTION = "hors-annexe-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The ids and French labels that all agreements share (`vocabulary.toml`).

    `declared` are the parties among `parties` that agreements declare themselves: a métropole, a GIP.
    `forms` are the gender and number that words take which stand for a service; one that is not there is spoken of as
    « cela ».
    """

    parties: Mapping[str, Role]
    activities: Mapping[str, str]
    services: Mapping[str, str]
    sections: Mapping[str, tuple[str, ...]]  # section -> its services, in the order of annexe 2
    user_categories: tuple[str, ...]
    declared: frozenset[str] = frozenset()
    forms: Mapping[str, Form] = field(default_factory=dict)
    objects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # service -> how texts name it

    @property
    def shared_parties(self) -> Mapping[str, Role]:
        """The parties of the shared list alone, each with its role."""
        return {name: role for name, role in self.parties.items() if name not in self.declared}

    def with_services(self, services: Mapping[str, str], forms: Mapping[str, Form] = {}) -> Vocabulary:
        """A copy with more services (id -> label), in the section of the services that annexe 2 does not name.

        A service that it knows already keeps its label and its section.
        """
        new = {name: label for name, label in services.items() if name not in self.services}
        if not new:
            return self
        sections = {**self.sections, OTHER_SECTION: (*self.sections.get(OTHER_SECTION, ()), *new)}
        return replace(self, services={**self.services, **new}, sections=sections, forms={**forms, **self.forms})

    def with_parties(self, parties: Mapping[str, Role]) -> Vocabulary:
        """A copy with the parties that an agreement declares itself (id -> role); one that it knows keeps its role."""
        new = {name: role for name, role in parties.items() if name not in self.parties}
        if not new:
            return self
        return replace(self, parties={**self.parties, **new}, declared=self.declared | new.keys())
