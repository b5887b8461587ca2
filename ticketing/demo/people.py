"""The reference cast: the invented people, their roles and what they have signed. Values only.

A is the académie, D1 the Hautes-Pyrénées, D2 and D3 invented départements; C11 and C12 are collèges of D1, C21 is a
collège of D2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from charters.model import Role

ACADEMIE = "academie-toulouse"
D1 = "departement-hautes-pyrenees"
D2 = "departement-arbizonne"
D3 = "departement-lavasson"
C11 = "desaix-tarbes"
C12 = "victor-hugo-tarbes"
C21 = "les-trois-sources-vallombreuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """A person of the cast. `signs` says which charters they sign; `ended` says that their activity has ended."""

    sigle: str
    first_name: str
    last_name: str
    function: str
    company: str
    organisation: str
    role: Role
    scope: str
    external: bool = False
    signs: Literal["all", "usage only", "nothing"] = "all"
    ended: bool = False

    @property
    def email(self) -> str:
        """The person's invented e-mail address."""
        return f"{self.sigle}@guichet.example"


_ACADEMIE = {"company": "Académie de Toulouse", "organisation": ACADEMIE, "scope": ACADEMIE}
_D1 = {"company": "Département des Hautes-Pyrénées", "organisation": D1, "scope": D1, "external": True}
_D2 = {"company": "Département d’Arbizonne", "organisation": D2, "scope": D2, "external": True}
_D3 = {"company": "Département du Lavasson", "organisation": D3, "scope": D3, "external": True}
_C11 = {"company": "Collège Desaix", "organisation": C11, "scope": C11}
_C12 = {"company": "Collège Victor Hugo", "organisation": C12, "scope": C12}
_C21 = {"company": "Collège Les Trois Sources", "organisation": C21, "scope": C21}


def _person(sigle: str, name: str, function: str, role: Role, house: dict[str, Any], **more: Any) -> Invented:
    first, last = name.split(" ", 1)
    return Invented(sigle=sigle, first_name=first, last_name=last, function=function, role=role, **(house | more))


PEOPLE: tuple[Invented, ...] = (
    _person("a.admin", "Hélène Vidalon", "Administratrice du guichet", Role.ADMINISTRATEUR, _ACADEMIE),
    _person("a.tech", "Karim Belloumi", "Technicien à la DSI", Role.TECH_ACADEMIE, _ACADEMIE),
    _person("a.lecture", "Solène Parvis", "Chargée du suivi des conventions", Role.LECTEUR, _ACADEMIE),
    _person("d1.ref", "Mathieu Larquéou", "Référent informatique des collèges", Role.REFERENT, _D1),
    _person("d1.agent", "Nadia Soulérac", "Technicienne de proximité", Role.TECH_DEPARTEMENT, _D1),
    _person("d2.agent", "Bastien Ormelle", "Technicien de proximité", Role.TECH_DEPARTEMENT, _D2),
    _person("c11.chef", "Isabelle Mourrèze", "Principale", Role.CHEF, _C11),
    _person("c11.cmi", "Thomas Escalère", "Correspondant maintenance informatique", Role.CMI, _C11),
    _person("c11.reseau", "Farida Quérault", "Gestionnaire réseau", Role.RESEAU, _C11),
    _person("c12.cmi", "Lucas Davantès", "Correspondant maintenance informatique", Role.CMI, _C12),
    _person("c21.cmi", "Maëlle Trévignon", "Correspondante maintenance informatique", Role.CMI, _C21),
    _person("x.nosign", "Paul Abrinel", "Technicien remplaçant", Role.TECH_DEPARTEMENT, _D1, signs="nothing"),
    _person("x.half", "Zoé Lantarès", "Technicienne", Role.TECH_DEPARTEMENT, _D1, signs="usage only"),
    _person("x.fin", "Denis Corbazan", "Ancien technicien", Role.TECH_DEPARTEMENT, _D1, ended=True),
    _person("x.susp", "Agnès Vermorin", "Technicienne de proximité", Role.TECH_DEPARTEMENT, _D3),
)

#: Correspondants of neighbouring collèges, whose tickets make the demonstration's queues those of a real desk.
NEIGHBOURS: tuple[Invented, ...] = tuple(
    _person(
        sigle,
        name,
        "Correspondant maintenance informatique",
        Role.CMI,
        {"company": f"Collège {college}", "organisation": place, "scope": place},
    )
    for sigle, name, college, place in (
        ("arreau.cmi", "Odile Mandrague", "Maréchal Foch", "marechal-foch-arreau"),
        ("argeles.cmi", "Rémi Castagnol", "René Billères", "rene-billeres-argeles-gazost"),
        ("bagneres.cmi", "Céline Poubarrat", "Blanche Odin", "blanche-odin-bagneres-de-bigorre"),
        ("lannemezan.cmi", "Yves Darrigou", "Gaston Fébus", "gaston-febus-lannemezan"),
        ("lourdes.cmi", "Amina Sarrelongue", "La Serre de Sarsan", "la-serre-de-sarsan-lourdes"),
        ("semeac.cmi", "Julien Tourmagne", "Paul Valéry", "paul-valery-semeac"),
        ("vic.cmi", "Claire Monbrun", "Pierre Mendès France", "pierre-mendes-france-vic-en-bigorre"),
        ("hautefraye.cmi", "Simon Kerdallac", "La Canopée", "la-canopee-hautefraye"),
    )
)
