"""Read and fill in the form that writes a cell of annexe 2 without code: its value in plain words, its note, its cases.

A cell that depends on facts is a list of cases. Each has up to three conditions and an outcome, a party or « à
qualifier »; the first case that applies decides. The module knows neither session nor database: it turns a form into a
`CellChange` or into errors by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from textwrap import shorten

from matrix.changes import CellChange, cell_of
from matrix.french.grammar import verb
from matrix.model import Case, Cell, Citation, Contributor, Convention, Status, Test
from matrix.owners import body_of
from matrix.places import KINDS, SECTORS, holds_at
from matrix.sentences import cases_in_words
from matrix.values import DEPENDS, PLAIN, parse, party_of
from matrix.wording import named
from ticketing.model import clean_line

CONDITIONS, CASES_SHOWN, CASES_MAX = 3, 2, 12
QUOTE_MAX, REF_MAX = 300, 40
TO_QUALIFY = "a-qualifier"
Option = tuple[str, str]

#: The conditions of a case: code -> (words, test without its day). « after » and « until » take the day of the row.
_ASKS: dict[str, tuple[str, Test]] = {
    "user:admin": ("l’utilisateur est administratif", Test("user_category", True, "administrative")),
    "user:other": ("l’utilisateur n’est pas administratif", Test("user_category", False, "administrative")),
    "paid:CL": ("la collectivité a payé", Test("acquired_by", "CL", "role")),
    "paid:Etab": ("l’établissement a payé", Test("acquired_by", "Etab", "role")),
    "paid:EN": ("l’académie a payé", Test("acquired_by", "EN", "role")),
    "inventoried:yes": ("la commande a été validée et le matériel inventorié", Test("inventoried", True, "is")),
    "inventoried:no": ("le matériel n’est pas inventorié", Test("inventoried", False, "is")),
    "referentiel:yes": ("l’achat est dans le référentiel", Test("in_referentiel", True, "is")),
    "referentiel:no": ("l’achat est hors du référentiel", Test("in_referentiel", False, "is")),
    "experimentation:yes": ("c’est une expérimentation validée", Test("experimentation", True, "is")),
    "experimentation:no": ("ce n’est pas une expérimentation validée", Test("experimentation", False, "is")),
    "warranty:yes": ("le matériel est sous garantie", Test("under_warranty", True, "is")),
    "warranty:no": ("le matériel n’est plus sous garantie", Test("under_warranty", False, "is")),
    **{f"kind:{name}": (f"l’établissement est {words}", Test("kind", name, "place")) for name, words in KINDS.items()},
    **{f"sector:{name}": (f"il est {word}", Test("sector", name, "place")) for name, word in SECTORS.items()},
    "after": ("l’achat est postérieur au jour donné", Test("acquired_on", date.max, "after")),
    "until": ("l’achat ne dépasse pas le jour donné", Test("acquired_on", date.max, "until")),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """The choices that the form offers for an agreement: values, notes, parties, conditions and outcomes."""

    values: tuple[Option, ...]
    notes: tuple[Option, ...]
    parties: tuple[Option, ...]
    conditions: tuple[Option, ...]
    outcomes: tuple[Option, ...]


def offered(convention: Convention, *, blank: bool) -> Offered:
    """Return the choices of an agreement; `blank` adds a blank cell, which a draft may write and a fill may not."""
    roles: set[str] = {body.role for body in convention.parties.values()}
    words = {
        "EN": "{} s’en {}",
        "CL": "{} s’en {}",
        "Etab": "{} s’en {}",
        "CL ou Etab": "celui des deux qui a payé, ou qui paiera",
        "sans objet": "personne n’a à s’en occuper",
        "arbitrage": "décidé au cas par cas",
        "": "Laissée en blanc : le guichet qualifie chaque demande",
    }
    values: list[Option] = []
    for word in PLAIN:
        if not set(word.split(" ou ")) & {"EN", "CL", "Etab"} <= roles:
            continue
        said = words[word]
        if "{}" in said:
            body = body_of(party_of(word, convention.parties) or "", convention.parties)
            assert body is not None
            name = named(convention, body)
            said = said.format(name, verb(name, "occupe", "occupent"))
        if word:
            values.append((word, f"{word} : {said}"))
        elif blank:
            values.append(("blanc", said))
    values.append((DEPENDS, "Selon les faits : écrivez les cas ci-dessous"))
    parties = tuple((name, body.name[:1].upper() + body.name[1:]) for name, body in convention.parties.items())
    answering = tuple((name, label) for name, label in parties if not convention.parties[name].contributor_only)
    return Offered(
        tuple(values),
        tuple(
            (str(number), f"({number}) {shorten(note[0].reading or note[0].quote, 90, placeholder='…')}")
            for number, note in convention.notes.items()
        ),
        parties,
        tuple((code, words) for code, (words, _) in _ASKS.items() if _asked_of(convention, code, roles)),
        (*answering, (TO_QUALIFY, "À qualifier par le guichet")),
    )


def typed(form: Mapping[str, str], contributors: list[str]) -> dict[str, str]:
    """Return what was typed, by field, so that the form can show it again; a contributor is `concours-<party>`."""
    kept = {name: form.get(name, "")[:1000] for name in ("value", "note", "quote", "ref")}
    rows = min(_rows(form), CASES_MAX)
    for row in range(1, rows + 1):
        for name in (*(f"si{rank}" for rank in range(1, CONDITIONS + 1)), "jour", "alors"):
            kept[f"cas{row}-{name}"] = form.get(f"cas{row}-{name}", "")[:60]
    return kept | {"cas": str(rows)} | {f"concours-{name[:20]}": "1" for name in contributors[:20]}


def told(convention: Convention, shown: Mapping[str, str]) -> list[Option]:
    """Return what was typed as (label, words), for a page that no longer has the form."""
    given = offered(convention, blank=True)
    conditions, outcomes = dict(given.conditions), dict(given.outcomes)
    cases = []
    for row in range(1, min(_rows(shown), CASES_MAX) + 1):
        codes = (shown.get(f"cas{row}-si{rank}", "") for rank in range(1, CONDITIONS + 1))
        when = " et ".join(conditions[code] for code in codes if code in conditions)
        day, then = shown.get(f"cas{row}-jour", ""), outcomes.get(shown.get(f"cas{row}-alors", ""), "")
        cases.append((f"Cas {row}", " : ".join(part for part in (f"{when} {day}".strip(), then) if part)))
    return [
        ("Ce que dit la case", dict(given.values).get(shown.get("value", ""), "")),
        ("Renvoi à une note", dict(given.notes).get(shown.get("note", ""), "")),
        *cases,
        ("Avec le concours de", ", ".join(name for party, name in given.parties if shown.get(f"concours-{party}"))),
        ("Les mots du texte", shown.get("quote", "")),
        ("Lieu du texte", shown.get("ref", "")),
        ("Page", shown.get("page", "")),
        ("Ligne", shown.get("line", "")),
        ("Colonne", shown.get("column", "")),
    ]


def of_cell(convention: Convention, cell: Cell | None) -> dict[str, str]:
    """Return the fields that show a cell as it stands; cases too fine for the form's rows are left out."""
    if cell is None or not cell.value:
        return {"value": "" if cell is None else "blanc", "cas": str(CASES_SHOWN)}
    value = parse(cell.value)
    said = cell.citations[0] if cell.citations else None
    own = (cell.value, cases_in_words(convention, cell.cases))
    quote = said.quote if said and said.kind == "printed" and said.quote not in own else ""
    shown = {
        "value": value.word,
        "note": str(value.note or ""),
        "cas": str(CASES_SHOWN),
        "quote": quote,
        "ref": said.ref if said and said.kind == "printed" and said.ref != convention.table_ref else "",
    }
    helpers = {part.party for case in cell.cases for part in case.contributors if not part.when}
    shown |= {f"concours-{name}": "1" for name in helpers}
    if value.word == DEPENDS:
        shown |= _rows_of(cell.cases)
    return shown


def of_change(convention: Convention, change: CellChange | None) -> dict[str, str]:
    """Return the fields that show a change already written; nothing is chosen where there is none."""
    if change is None:
        return {"value": "", "cas": str(CASES_SHOWN)}
    return of_cell(convention, cell_of(convention, change))


def read(
    convention: Convention, service: str, activity: str, shown: Mapping[str, str]
) -> tuple[CellChange | None, dict[str, str]]:
    """Return the change that a form states, or None and the errors by field."""
    errors: dict[str, str] = {}
    known = dict(offered(convention, blank=True).values)
    value = shown.get("value", "")
    if value not in known:
        errors["value"] = "Dites ce que la case dit."
    word = "" if value == "blanc" else value
    note = shown.get("note", "")
    if note and note not in {str(number) for number in convention.notes}:
        errors["note"] = "Cette note n’existe pas dans cet accord."
    elif note and word in ("", DEPENDS):
        errors["note"] = "Une note accompagne un mot : choisissez-en un, ou retirez la note."
    quote, ref = clean_line(shown.get("quote", "")), clean_line(shown.get("ref", ""))
    if len(quote) > QUOTE_MAX:
        errors["quote"] = f"{QUOTE_MAX} caractères au plus."
    if len(ref) > REF_MAX:
        errors["ref"] = f"{REF_MAX} caractères au plus."
    helpers = tuple(name for name in convention.parties if shown.get(f"concours-{name}"))
    said = Citation(convention.id, ref or convention.table_ref, "printed", quote or word)
    cases = _cases(convention, shown, said, helpers, errors) if word == DEPENDS else ()
    if errors:
        return None, errors
    if cases and not quote:  # the words that the annexe would print in the cell
        quote = cases_in_words(convention, cases)
        said = replace(said, quote=quote)
        cases = tuple(
            replace(
                case,
                citations=(said,),
                contributors=tuple(replace(part, citations=(said,)) for part in case.contributors),
            )
            for case in cases
        )
    full = f"{word} ({note})" if note else word
    return CellChange(
        service=service, activity=activity, value=full, ref=ref, quote=quote, contributors=helpers, cases=cases
    ), {}


def _cases(
    convention: Convention, shown: Mapping[str, str], said: Citation, helpers: tuple[str, ...], errors: dict[str, str]
) -> tuple[Case, ...]:
    """Return the cases of the rows filled in, in order; write errors to `errors`, at the row's first field."""
    outcomes = dict(offered(convention, blank=True).outcomes)
    helping = tuple(Contributor(party, (), (said,)) for party in helpers)
    cases: list[Case] = []
    for row in range(1, min(_rows(shown), CASES_MAX) + 1):
        codes = [shown.get(f"cas{row}-si{rank}", "") for rank in range(1, CONDITIONS + 1)]
        day, then = shown.get(f"cas{row}-jour", ""), shown.get(f"cas{row}-alors", "")
        if not any((*codes, day, then)):
            continue
        at = f"cas{row}-alors"
        if then not in outcomes:
            errors[at] = "Dites qui s’en occupe dans ce cas."
            continue
        tests, fault = _tests([code for code in codes if code], day)
        if fault:
            errors[f"cas{row}-si1"] = fault
            continue
        if cases and not cases[-1].tests:
            errors[f"cas{row}-si1"] = "Le cas précédent n’a pas de condition : celui-ci ne servirait jamais."
            continue
        party = None if then == TO_QUALIFY else then
        status: Status = "routed" if party else "to_qualify"
        cases.append(Case(tests, status, party, (said,), tuple(h for h in helping if h.party != party)))
    if not cases and not errors:
        errors["cas1-alors"] = "Écrivez au moins un cas : à quelle condition, qui s’en occupe."
    elif len(cases) == 1 and not cases[0].tests and not errors:
        errors["cas1-si1"] = "Un seul cas sans condition : choisissez plutôt sa partie comme valeur."
    return tuple(cases)


def _tests(codes: list[str], day: str) -> tuple[tuple[Test, ...], str]:
    tests: list[Test] = []
    for code in codes:
        if code not in _ASKS:
            return (), "Choisissez une condition de la liste."
        test = _ASKS[code][1]
        if test.kind in ("after", "until"):
            try:
                test = Test(test.fact, date.fromisoformat(day), test.kind)
            except ValueError:
                return (), "Donnez le jour d’achat dont il s’agit, par exemple 2015-09-01."
        tests.append(test)
    facts = [test.fact for test in tests]
    if len(set(facts)) < len(facts):
        return (), "Deux conditions du même cas portent sur le même fait."
    if day and "acquired_on" not in facts:
        return (), "Un jour est donné, et aucune condition ne porte sur l’achat."
    return tuple(tests), ""


def _rows_of(cases: tuple[Case, ...]) -> dict[str, str]:
    """Return the fields of the rows that write these cases; none where a case is too fine for a row."""
    shown: dict[str, str] = {"cas": str(min(max(len(cases), CASES_SHOWN), CASES_MAX))}
    plain = {test: code for code, (_, test) in _ASKS.items()}
    for row, case in enumerate(cases, 1):
        dated = [test for test in case.tests if test.kind in ("after", "until")]
        codes = [test.kind if test in dated else plain.get(test, "") for test in case.tests]
        fits = len(codes) <= CONDITIONS and all(codes) and len(dated) <= 1 and case.status in ("routed", "to_qualify")
        if not fits or row > CASES_MAX or any(part.when for part in case.contributors):
            return {"cas": str(CASES_SHOWN)}
        shown |= {f"cas{row}-si{rank}": code for rank, code in enumerate(codes, 1)}
        shown[f"cas{row}-jour"] = str(dated[0].wanted) if dated else ""
        shown[f"cas{row}-alors"] = case.party if case.status == "routed" and case.party else TO_QUALIFY
    return shown


def _asked_of(convention: Convention, code: str, roles: set[str]) -> bool:
    """Whether an agreement can decide this condition: it has that party, or says which users are administrative."""
    if code.startswith(("kind:", "sector:")):  # where the agreement has établissements of both sorts
        test = _ASKS[code][1]
        found = {holds_at(test, place, convention.parties) for place in convention.etablissements.values()}
        return found == {True, False}
    if code.startswith("user:"):
        return {line.administrative for line in convention.categories.values()} == {True, False}
    return not code.startswith("paid:") or code.removeprefix("paid:") in roles


def _rows(form: Mapping[str, str]) -> int:
    """Return how many rows of cases the form has, with an extra row where « another case » was asked for."""
    text = form.get("cas", "")
    rows = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else CASES_SHOWN
    return max(rows, CASES_SHOWN) + bool(form.get("ajouter"))
