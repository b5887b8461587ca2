"""The tables of a pack that are not figures: the committee, engagements, changes, proposals, what parties say. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matrix.model import Citation, Convention
from matrix.wording import references
from ticketing.committees.chapters import verdict
from ticketing.committees.content import HIDDEN, Column, PackTable, Row, Value, hours, share
from ticketing.figures.dashboards import NBSP

NOWHERE = "Le texte ne le dit pas."


@dataclass(frozen=True, slots=True)
class Remark:
    """What a party says for the committee: of the whole pack, or of one table, which it may contest."""

    party: str
    table: str  # the title of a table, « » for the whole
    contests: bool
    text: str
    author: str
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of one cell, or a draft, with what it would save and what its replay says.

    `saved` is in seconds; `tickets` those of the cell in the year, `people` who opened them. `moved` counts the
    tickets of the year that would go to another party by the replay, None where it could not be replayed (`why`).
    """

    what: str
    now: str
    then: str
    evidence: str
    tickets: int
    people: int
    saved: int
    replayed: int | None = None
    changed: int | None = None
    moved: int | None = None
    flows: tuple[tuple[str, str, int], ...] = ()
    why: str = ""


# --- the committee ----------------------------------------------------------------------------------------------------


def composition(convention: Convention) -> PackTable:
    """Return who sits in the committees of an agreement, seat by seat, with the clause."""
    rows: list[Row] = []
    for committee in convention.committees:
        for seat in committee.seats:
            party = convention.parties[seat.party].name if seat.party else "Plusieurs, ou aucune"
            rows.append((committee.name, seat.who, seat.least, party, references([seat.citation])))
        if not committee.seats:
            where = committee.elsewhere or NOWHERE
            rows.append((committee.name, f"Composition : {where}", None, None, references(committee.citations)))
    return PackTable(
        "composition",
        "Qui siège",
        "",
        (
            Column("Comité"),
            Column("Qui", "text", "La qualité que le texte donne au membre."),
            Column("Au moins", "count", "Combien siègent à ce titre, au moins."),
            Column("Partie", "text", "La partie qui l’envoie."),
            Column("Clause"),
        ),
        tuple(rows),
        empty="L’accord n’institue pas de comité.",
    )


#: How often a committee meets, by the rule of its obligation.
_RHYTHMS = {"quarter": "au moins une fois par trimestre", "year": "au moins une fois par an"}


def meetings(convention: Convention, meeting: date | None) -> PackTable:
    """Return how often the committees meet and how early they are convened, and the day for a known meeting."""
    duties = {one.id: one for one in convention.obligations}
    rows: list[Row] = []
    for one in convention.committees:
        meets = duties.get(one.meets)
        convened = next((each for each in duties.values() if each.rule == "before" and each.of == one.meets), None)
        notice = convened.days if convened and one.meets else None
        rhythm = _RHYTHMS.get(meets.rule, NOWHERE) if meets else NOWHERE
        cited = (*one.citations, *(convened.citations if convened else ()))
        before = meeting - timedelta(days=notice) if meeting and notice else None
        sender = " et ".join(convention.parties[name].name for name in convened.owners) if convened else NOWHERE
        rows.append((one.name, rhythm, notice, sender, before, references(cited)))
    return PackTable(
        "reunions",
        "Réunions et convocations",
        "" if meeting else "Le jour de la réunion n’est pas donné : la convocation se compte à partir de lui.",
        (
            Column("Comité"),
            Column("Se réunit", "text", "Ce que le texte demande."),
            Column("Jours de convocation", "count", "Jours entre la convocation et la réunion, au moins."),
            Column("Qui convoque"),
            Column("Convoquer au plus tard le", "day", "Le jour de la réunion, moins les jours de convocation."),
            Column("Clause"),
        ),
        tuple(rows),
        empty="L’accord n’institue pas de comité.",
    )


# --- engagements ------------------------------------------------------------------------------------------------------


def engagements(
    promised: Iterable[tuple[str, str, int, int]], silent: Iterable[str], meets: Convention | None
) -> PackTable:
    """Return each promise as kept or not, with how many fell due and were kept; `silent` are parties without any.

    The meetings that `meets` asks for are named too: Guichet holds no minutes, and says so.
    """
    rows: list[Row] = [
        (party, what, asked, kept, share(kept, asked), verdict(asked, kept), "Faits de l’année")
        for party, what, asked, kept in promised
    ]
    rows += [
        (party, "Aucune promesse sur l’année", None, None, None, "rien de promis", "Page Horaires") for party in silent
    ]
    duties = {one.id: one for one in meets.obligations} if meets else {}
    for one in meets.committees if meets else ():
        rhythm = _RHYTHMS.get(duties[one.meets].rule) if one.meets in duties else None
        if rhythm:
            proof = f"Procès-verbaux ; {references(one.citations)}"
            rows.append(("Toutes", f"{one.name} : {rhythm}", None, None, None, "à constater", proof))
    return PackTable(
        "engagements",
        "Ce qui était promis, et ce qui a été tenu",
        "Une promesse échoit quand la réponse ou la fin arrive. Les procès-verbaux ne sont pas ici.",
        (
            Column("Partie"),
            Column("Engagement"),
            Column("Échus", "count", "Combien de fois l’engagement est arrivé à échéance."),
            Column("Tenus", "count", "Combien de fois il a été tenu."),
            Column("Part tenue", "share", "Tenus divisés par échus."),
            Column("Constat", "text", "tenu : tous ; tenu en partie : certains ; non tenu : aucun."),
            Column("Preuve"),
        ),
        tuple(rows),
        empty="Personne n’a rien promis dans cette période.",
    )


# --- changes ----------------------------------------------------------------------------------------------------------


def changes(found: Sequence[tuple[date, str, str]]) -> PackTable:
    """Return what changed in the agreement during the year: (day, what, detail), oldest first."""
    return PackTable(
        "changements",
        "Versions, cases et faits",
        "Versions de la matrice, cases complétées d’après le papier signé, faits constatés.",
        (Column("Jour", "day"), Column("Quoi"), Column("Détail")),
        tuple(sorted(found)),
        empty="L’accord n’a pas changé pendant l’année.",
    )


# --- proposals --------------------------------------------------------------------------------------------------------


def ranked(found: Iterable[Proposal]) -> list[Proposal]:
    """Return proposals by what they would save, the most first, then by tickets."""
    return sorted(found, key=lambda one: (-one.saved, -one.tickets, one.what))


def proposals(found: Sequence[Proposal], fewest: int, own: str) -> PackTable:
    """Return the proposals in their rank; the figures of those about fewer than `fewest` people are hidden."""
    rows: list[Row] = []
    for rank, one in enumerate(found, 1):
        small = one.people < fewest
        figures: tuple[Value, ...] = (HIDDEN, HIDDEN, HIDDEN) if small else (hours(one.saved), one.tickets, one.moved)
        evidence = HIDDEN if small else one.evidence
        rows.append((rank, one.what, one.now, one.then, *figures, evidence))
    return PackTable(
        "propositions",
        "Propositions d’avenant, par ce qu’elles feraient gagner",
        "Chaque proposition a été rejouée sur les tickets de l’année"
        + (" que votre partie tient, a tenus ou auxquels elle contribue" if own else "")
        + ", sans rien changer."
        + (" Les cases où moins de cinq personnes ont ouvert des tickets n’y sont pas." if fewest else ""),
        (
            Column("Rang", "count"),
            Column("Case", "text", "La case de la matrice, ou le projet déjà écrit."),
            Column("Aujourd’hui", "text", "Ce que la case dit."),
            Column("Proposé", "text", "La partie qui a fini le plus de tickets de la case, ou ce que dit le projet."),
            Column(
                "Heures gagnées",
                "hours",
                "Ce que le changement aurait évité sur l’année.",
                "Heures que le guichet a tenues tant que la case était blanche, plus heures perdues en de mauvaises "
                "mains sur la case.",
            ),
            Column("Tickets", "count", "Les tickets ouverts sur la case dans l’année."),
            Column("Rejeu : changent de partie", "count", "Les tickets que le rejeu donne à une autre partie."),
            Column("Sur quoi elle se fonde"),
        ),
        tuple(rows),
        empty="Aucune case n’a coûté d’heures que les faits permettent de gagner.",
    )


def replays(found: Sequence[Proposal], fewest: int) -> PackTable:
    """Return the replay of each proposal: from which party to which, how many tickets of the year."""
    rows: list[Row] = []
    for rank, one in enumerate(found, 1):
        if one.moved is None:
            rows.append((rank, one.what, one.why or "Le projet ne peut pas être rejoué.", None, None))
        elif one.people < fewest:
            rows.append((rank, one.what, HIDDEN, HIDDEN, HIDDEN))
        elif not one.flows:
            rows.append((rank, one.what, "Aucun ticket ne change de partie", None, one.changed))
        else:
            rows += [(rank, one.what, before, after, tickets) for before, after, tickets in one.flows]
    return PackTable(
        "rejeux",
        "Le rejeu de chaque proposition",
        "Le projet est rejoué comme s’il avait pris effet avant l’année ; tout le reste est égal par ailleurs.",
        (
            Column("Rang", "count", "Le rang de la proposition."),
            Column("Case"),
            Column("De", "text", "La partie qui a le ticket sans le changement."),
            Column("À", "text", "La partie qui l’aurait avec lui."),
            Column("Tickets", "count"),
        ),
        tuple(rows),
        empty="Aucune proposition à rejouer.",
    )


# --- words ------------------------------------------------------------------------------------------------------------


def remarks(found: Sequence[Remark]) -> PackTable:
    """Return what each party says, oldest first."""
    rows = [(one.party, one.on, one.table or "L’ensemble", one.text, one.author) for one in found]
    return PackTable(
        "observations",
        "Observations",
        "Chaque partie écrit ses observations ; personne d’autre ne les change.",
        (Column("Partie"), Column("Jour", "day"), Column("Sur"), Column("Observation"), Column("Auteur")),
        tuple(rows),
        empty="Aucune partie n’a écrit d’observation.",
    )


def contested(found: Sequence[Remark]) -> PackTable:
    """Return the figures that a party contests, and why."""
    rows = [(one.table or "L’ensemble", one.party, one.on, one.text) for one in found if one.contests]
    return PackTable(
        "chiffres-contestes",
        "Chiffres contestés",
        "",
        (Column("Chiffres"), Column("Contestés par"), Column("Jour", "day"), Column("Pourquoi")),
        tuple(rows),
        empty="Aucun chiffre n’est contesté.",
    )


def sources(found: Sequence[tuple[str, int, str]], label: Callable[[str], str]) -> PackTable:
    """Return the months that the figures come from: how many facts each has, and their SHA-256."""
    rows = [(label(month), facts, digest or "en cours de calcul") for month, facts, digest in found]
    return PackTable(
        "sources",
        "Les faits de chaque mois",
        "« guichet facts verify » refait les faits depuis l’historique des tickets et compare ces signatures.",
        (
            Column("Mois"),
            Column("Faits", "count", "Les faits du mois dans l’académie, de tous ses accords."),
            Column(
                "Signature (SHA-256)",
                "text",
                "Celle de l’installation : la même tant qu’aucun fait du mois n’a changé.",
            ),
        ),
        tuple(rows),
    )


def basis(convention: Convention) -> tuple[Citation, ...]:
    """Return the clauses by which the parties of an agreement read the desk's reports together."""
    return tuple(dict.fromkeys(clause for one in convention.committees for clause in one.shares))


def plural(count: int, one: str, several: str) -> str:
    """Return a count with its noun, « 3 tickets »."""
    return f"{count}{NBSP}{one if count < 2 else several}"


def mapping(found: Mapping[tuple[str, ...], Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    """Return groups told apart by one column under that value."""
    return {value[0]: amounts for value, amounts in found.items()}
