"""French legal sentences that state a change to a cell, as an amending act (avenant) words it. Pure.

« À l’annexe 2, ligne « … », colonne « … », la mention « CL » est remplacée par la mention « EN ». » The act refers to
the printed table: a cell that is blank there receives a mention, even where an article settled it until then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from matrix.changes import CellChange, cell_of
from matrix.model import Case, Cell, Citation, Convention, Test, Vocabulary
from matrix.owners import body_of
from matrix.places import of_place
from matrix.request_facts import DECLARED
from matrix.values import DEPENDS, Value, parse, party_of
from matrix.wording import capital, common, day, enumeration, named, of, place_condition, reference, to


def sentence(convention: Convention, vocabulary: Vocabulary, before: Cell | None, change: CellChange) -> str:
    """The sentence that states a change. `before` None: the agreement leaves the cell blank.

    Raises `matrix.values.ValueFault` for a change that no cell may hold.
    """
    after = cell_of(convention, change)
    return f"{place(convention, vocabulary, change)}, {_what(convention, before, after, change)}."


def place(convention: Convention, vocabulary: Vocabulary, change: CellChange) -> str:
    """The place of a change: « À l’annexe 2, ligne « … », colonne « … » », or the article where there is no table."""
    service, activity = vocabulary.services[change.service], vocabulary.activities[change.activity]
    if not convention.sections:
        at = f"{_at(change.ref)}, pour" if change.ref else "Pour"
        return f"{at} le service « {service} », activité « {activity} »"
    rows = {name for section in convention.sections for name in vocabulary.sections[section]}
    if change.service not in rows:
        return f"{_at(convention.table_ref)}, sur une ligne ajoutée « {service} », colonne « {activity} »"
    return f"{_at(convention.table_ref)}, ligne « {service} », colonne « {activity} »"


def condition(convention: Convention, tests: tuple[Test, ...], say: Callable[[date], str] = day) -> str:
    """The tests in French: « si l’établissement a payé et si … »; empty where there are none. `say` writes a day."""
    return " et ".join(_test(convention, test, say) for test in tests)


def cases_in_words(convention: Convention, cases: tuple[Case, ...]) -> str:
    """The cases in French: « EN si l’utilisateur est administratif ; CL dans les autres cas »."""
    told = []
    for rank, case in enumerate(cases):
        when = condition(convention, case.tests) or ("dans les autres cas" if rank else "dans tous les cas")
        told.append(f"{_outcome(convention, case)} {when}")
    return " ; ".join(told)


def _what(convention: Convention, before: Cell | None, after: Cell, change: CellChange) -> str:
    mention, was = _mention(convention, after, change), _printed(convention, before)
    settled = _settled(before)
    if not after.value:
        if was:
            return f"la mention {was} est supprimée et la case laissée en blanc"
        if settled:
            return f"la case est laissée en blanc, par dérogation {settled}"
        return "la case reste en blanc"
    if not was:
        if settled and before is not None:
            follows = "conformément" if _same_answer(before, after) else "par dérogation"
            return f"la case, laissée en blanc, reçoit la mention {mention}, {follows} {settled}"
        return f"la case, laissée en blanc, reçoit la mention {mention}"
    assert before is not None
    if (noted := _note(before, after)) and not change.contributors and not change.quote:
        return noted
    if was == mention:
        return f"la mention {was} est maintenue"
    if _same_answer(before, after) and before.value == after.value:
        return f"la mention {was} est ainsi rédigée : {mention}"
    return f"la mention {was} est remplacée par la mention {mention}"


def _note(before: Cell, after: Cell) -> str:
    """The phrase for a change where the word stays and only its footnote changes; empty elsewhere."""
    old, new = parse(before.value), parse(after.value)
    if old.word != new.word or old.note == new.note or old.word == DEPENDS:
        return ""
    if new.note is None:
        return f"après la mention « {old.word} », le renvoi à la note {old.note} est supprimé"
    at = f"après la mention « {old.word} »"
    if old.note is None:
        return f"{at}, est ajouté un renvoi à la note {new.note}"
    return f"{at}, le renvoi à la note {old.note} est remplacé par un renvoi à la note {new.note}"


def _printed(convention: Convention, before: Cell | None) -> str:
    """The words that the table prints in the cell now, in quotation marks; empty where it is blank on paper."""
    if before is None or before.provenance != "printed" or not before.value:
        return ""
    return _quoted(convention, before, ())


def _mention(convention: Convention, after: Cell, change: CellChange) -> str:
    said = _quoted(convention, after, change.contributors)
    quote = change.quote.strip()
    return f"{said}, en ces termes : « {quote} »" if quote and f"« {quote} »" != said else said


def _quoted(convention: Convention, cell: Cell, contributors: tuple[str, ...]) -> str:
    value = parse(cell.value)
    said = cases_in_words(convention, cell.cases) if value.word == DEPENDS else str(value)
    if value.word == "conflit":
        named = tuple(dict.fromkeys(name for case in cell.cases for name in case.candidates))
        said = " et ".join(_word(convention, name) for name in named)
    helpers = contributors or tuple(
        dict.fromkeys(part.party for case in cell.cases for part in case.contributors if not part.when)
    )
    if helpers and value.word != DEPENDS:
        said += f", avec le concours {enumeration([_of(convention, party) for party in helpers])}"
    return f"« {said} »"


def _settled(before: Cell | None) -> str:
    """The places of the text that settled a blank cell until now: « à l’article II.2 »; empty where nothing did."""
    if before is None or before.provenance != "derived":
        return ""
    cited: tuple[Citation, ...] = before.citations or tuple(one for case in before.cases for one in case.citations)
    return enumeration(list(dict.fromkeys(to(_the(one.ref)) for one in cited)))


def _same_answer(before: Cell, after: Cell) -> bool:
    def answers(cell: Cell) -> list[tuple[object, ...]]:
        return [(case.tests, case.status, case.party) for case in cell.cases]

    return answers(before) == answers(after)


def _outcome(convention: Convention, case: Case) -> str:
    if case.status == "routed" and case.party is not None:
        return _word(convention, case.party)
    return {"not_applicable": "sans objet", "arbitration": "arbitrage", "conflict": "conflit"}.get(
        case.status, "à qualifier"
    )


def _word(convention: Convention, party: str) -> str:
    """The annexe's word for a party: its role where it is the one of that role, else its name."""
    body = body_of(party, convention.parties)
    if body is None:
        return party
    return str(Value(body.role)) if party_of(body.role, convention.parties) == party else body.name


def _of(convention: Convention, party: str) -> str:
    body = body_of(party, convention.parties)
    return of(named(convention, body) if body else party)


def _at(ref: str) -> str:
    return capital(to(_the(ref)))


def _the(ref: str) -> str:
    """A place of the text with its article: « l’article II.2 », « l’annexe 2 », « la note 4 de l’annexe 2 »."""
    said = reference(Citation("", ref, "printed", ""))
    if said.startswith(("a", "é")):
        return f"l’{said}"
    return f"{'le' if said == 'préambule' else 'la'} {said}"


def _test(convention: Convention, test: Test, say: Callable[[date], str]) -> str:
    if test.fact == "user_category" and test.kind == "administrative":
        return f"si l’utilisateur {'est' if test.wanted else 'n’est pas'} administratif"
    if test.fact == "user_category":
        line = convention.categories.get(str(test.wanted))
        return f"pour « {line.label if line else test.wanted} »"
    if of_place(test):
        return place_condition(convention, test)
    if test.fact == "acquired_by":
        return f"si {common(convention, str(test.wanted))} a payé"
    if test.fact == "acquired_on":
        when = say(test.wanted) if isinstance(test.wanted, date) else str(test.wanted)
        return f"si l’achat {'est postérieur au' if test.kind == 'after' else 'ne dépasse pas le'} {when}"
    yes, no = DECLARED[test.fact].conditions
    return yes if test.wanted else no
