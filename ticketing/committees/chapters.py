"""The tables of figures of a pack, from amounts that were read: essentials, parties, months, services, places. Pure.

Each column takes its definition, its arithmetic and its clause from the measures of the board, so that a pack and the
board say the same thing of the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ticketing.committees.content import HIDDEN, Column, Kind, PackTable, Row, Value, hours, share
from ticketing.committees.hiding import Hiding, tells
from ticketing.figures import periods
from ticketing.figures.board.measures import COUNT, MEASURES, SHARE, Measure

Amounts = Mapping[str, int]
#: (dimension, value) -> its name.
Name = Callable[[str, str], str]
#: What the first table says, in order.
ESSENTIALS = (
    "ouverts",
    "resolus",
    "en-attente",
    "premiere-reponse",
    "resolution",
    "reponses-promises",
    "resolutions-promises",
    "bien-orientes",
    "passages",
    "allers-retours",
    "perdu",
    "contestations",
    "contestations-fondees",
    "rouverts",
)
_PARTIES = ("ouverts", "resolus", "tenu", "premiere-reponse", "resolution", "bien-orientes", "perdu", "rouverts")
_MONTHS = ("ouverts", "resolus", "passages", "perdu")
_TOPICS = ("ouverts", "resolus", "resolution", "bien-orientes", "perdu")
_CONTESTS = ("contestations", "contestations-fondees", "passages", "allers-retours")
_UNITS = {COUNT: "nombre", SHARE: "part"}


@dataclass(frozen=True, slots=True)
class Figures:
    """The amounts of a year and of the year before, by the values of one column each, and how small groups are hidden.

    `outside` is how many people the figures of other parties are about.
    """

    period: str
    whole: tuple[Amounts, Amounts]
    parties: tuple[Mapping[str, Amounts], Mapping[str, Amounts]]
    months: tuple[Mapping[str, Amounts], Mapping[str, Amounts]]
    services: Mapping[str, Amounts]
    places: Mapping[str, Amounts]
    hiding: Hiding
    outside: int = 0


def value(measure: Measure, amounts: Amounts) -> Value:
    """Return a measure of some amounts as a cell: a count, hours, or a share from 0 to 1."""
    found = measure.value(amounts)
    if found is None:
        return None
    if measure.kind == COUNT:
        return round(found)
    return round(found, 4) if measure.kind == SHARE else hours(round(found))


def column(measure: Measure) -> Column:
    """Return the column of a measure, with its definition."""
    kind: Kind = "count" if measure.kind == COUNT else "share" if measure.kind == SHARE else "hours"
    return Column(measure.name, kind, measure.definition, measure.arithmetic, measure.clause)


def _columns(first: str, ids: Sequence[str]) -> tuple[Column, ...]:
    return (Column(first), *(column(MEASURES[one]) for one in ids))


def _row(name: str, amounts: Amounts, ids: Sequence[str]) -> Row:
    return (name, *(value(MEASURES[one], amounts) for one in ids))


# --- essentials -------------------------------------------------------------------------------------------------------


def essentials(figures: Figures, own: str, shared: bool) -> PackTable:
    """Return the measures of the year beside those of the year before; of `own` first where it is given.

    Totals stand there where the agreement shares them, and where they do not tell what fewer than five others did.
    """
    rows: list[Row] = []
    for one in ESSENTIALS:
        measure = MEASURES[one]
        unit = _UNITS.get(measure.kind, "heures")
        row: list[Value] = [measure.name, unit]
        mine = [side.get(own, {}) for side in figures.parties]
        if own:
            row += [value(measure, amounts) for amounts in mine]
        if not own or shared:
            row += [
                _total(measure, whole, part if own else None, figures.outside)
                for whole, part in zip(figures.whole, mine, strict=True)
            ]
        rows.append(tuple(row))
    years = (_short(figures.period), _short(periods.year_before(figures.period)))
    heads = [f"{_whose(own, True)}{year}" for year in years] if own else []
    heads += [f"{_whose(own, False)}{year}" for year in years] if not own or shared else []
    said = "Chaque mesure a sa définition, son calcul et son texte dans « Chiffres », et dans le dictionnaire."
    return PackTable(
        "essentiel",
        "L’année en quatorze mesures",
        "Heures ouvrées de la partie qui tenait le ticket. « – » : rien n’a été compté.",
        (
            Column("Mesure", "text", said),
            Column("Unité", "text", "Ce que vaut le nombre de la ligne : un nombre, des heures, une part de 0 à 1."),
            *(Column(head, "measure", "La mesure de la ligne, sur l’année dite.") for head in heads),
        ),
        tuple(rows),
    )


def _whose(own: str, mine: bool) -> str:
    return ("Votre partie, " if mine else "Ensemble, ") if own else ""


def _short(period: str) -> str:
    return periods.label(period).removeprefix("Année scolaire ")


def _total(measure: Measure, whole: Amounts, mine: Amounts | None, outside: int) -> Value:
    base = measure.bottom or measure.top
    if mine is not None:
        counts = measure.kind == COUNT or bool(measure.bottom)
        if 0 < outside < 5 or (counts and tells(whole.get(base, 0), mine.get(base, 0))):
            return HIDDEN
    return value(measure, whole)


# --- groups -----------------------------------------------------------------------------------------------------------


def parties(figures: Figures, name: Name, own: str) -> PackTable:
    """Return what each party had and did; of `own` alone where it is given."""
    found = {party: amounts for party, amounts in figures.parties[0].items() if party and (not own or party == own)}
    ordered = sorted(found, key=lambda one: (-found[one].get("held", 0), one))
    rows = [(one, _row(name("partie", one), found[one], _PARTIES)) for one in ordered]
    return PackTable(
        "parties",
        "Ce que chaque partie a tenu" if not own else "Ce que votre partie a tenu",
        "Les tickets qu’un établissement tient lui-même sont réunis sur une ligne.",
        _columns("Partie", _PARTIES),
        figures.hiding.rows("party", rows),
    )


def months(figures: Figures, own: str, shared: bool) -> PackTable:
    """Return the year month by month, with a row for a month without anything."""
    first, last = periods.bounds(figures.period)
    found = figures.months[0] if not own or shared else {}
    met = [month for month in found if first <= month <= last]
    ordered = list(periods.months_between(first, max(met))) if met else []
    rows = [(one, _row(periods.label(one), found.get(one, {}), _MONTHS)) for one in ordered]
    return PackTable(
        "mois",
        "Mois par mois",
        "",
        _columns("Mois", _MONTHS),
        figures.hiding.rows("month", rows),
        empty="L’accord ne partage pas les totaux, ou rien n’a été compté.",
    )


def topics(figures: Figures, name: Name, own: str, shared: bool) -> PackTable:
    """Return what was asked for, service by service, the most asked first."""
    found = figures.services if not own or shared else {}
    ordered = sorted(found, key=lambda one: (-found[one].get("opened", 0), -found[one].get("lost", 0), one))
    rows = [(one, _row(name("service", one), found[one], _TOPICS)) for one in ordered]
    return PackTable(
        "services",
        "Ce qui a été demandé",
        "",
        _columns("Service", _TOPICS),
        figures.hiding.gathered("service", rows, ("autre service", "autres services")),
        empty="L’accord ne partage pas les totaux, ou rien n’a été compté.",
    )


def places(figures: Figures, name: Name, own: str) -> PackTable:
    """Return the établissements, the most tickets first; none for a party, whose own are on its board."""
    found = {} if own else figures.places
    ordered = sorted(found, key=lambda one: (-found[one].get("opened", 0), name("etablissement", one)))
    ids = ("ouverts", "resolus", "resolution")
    rows = [(one, _row(name("etablissement", one), found[one], ids)) for one in ordered]
    return PackTable(
        "etablissements",
        "Par établissement",
        "Les chiffres d’un établissement où moins de cinq personnes ont ouvert des tickets sont tus.",
        _columns("Établissement", ids),
        figures.hiding.gathered("etablissement", rows, ("autre établissement", "autres établissements")),
        empty="Chaque partie lit ses établissements sur sa page Chiffres.",
    )


def contests(figures: Figures, name: Name, own: str) -> PackTable:
    """Return who contested, what came of it, and who hands tickets on; of `own` alone where it is given."""
    found = {
        party: amounts
        for party, amounts in figures.parties[0].items()
        if party and (not own or party == own) and any(amounts.get(one) for one in ("contested", "passed", "loops"))
    }
    rows = [(one, _row(name("partie", one), found[one], _CONTESTS)) for one in sorted(found)]
    return PackTable(
        "contestations",
        "Contestations et passages",
        "Une contestation est fondée quand une autre partie que celle qui contestait a fini le ticket.",
        _columns("Partie", _CONTESTS),
        figures.hiding.rows("party", rows),
        empty="Aucun ticket n’a été contesté ni transmis.",
    )


def promises(figures: Figures, name: Name, own: str) -> list[tuple[str, str, int, int]]:
    """Return what parties promised in their own hours: (party, what, promises that fell due, promises kept)."""
    found = []
    for party, amounts in sorted(figures.parties[0].items()):
        if not party or (own and party != own):
            continue
        if figures.hiding.people.get("party", {}).get(party, 0) < figures.hiding.fewest and party != own:
            continue
        for what, asked, kept in (
            ("Première réponse dans le temps promis", "asked_answers", "kept_answers"),
            ("Résolution dans le temps promis", "asked_resolutions", "kept_resolutions"),
        ):
            if amounts.get(asked):
                found.append((name("partie", party), what, amounts[asked], amounts.get(kept, 0)))
    return found


def verdict(asked: int, kept: int) -> str:
    """Return whether a promise was kept: « tenu », « tenu en partie », « non tenu »."""
    if not asked:
        return "sans objet"
    return "tenu" if kept == asked else "tenu en partie" if share(kept, asked) else "non tenu"
