"""Every sentence that the rules compose, for all agreements and all their cells: no false article, elision, number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from harness import french
from harness.places import ROOT

from matrix import Convention, Conventions, Recorded, Request, Router, explain, load_conventions, terms, wording
from matrix.changes import CellChange
from matrix.checks import lint
from matrix.checks.classes import place_classes
from matrix.request_facts import FACTS
from matrix.sentences import sentence
from matrix.values import PLAIN, ValueFault

SHIPPED = load_conventions()
IN_FORCE = {
    "acar-2021": datetime(2021, 3, 1, 10),
    "aix-en-provence-2017": datetime(2018, 3, 1, 10),
    "bouches-du-rhone-2017": datetime(2018, 3, 1, 10),
    "deux-sevres-2017": datetime(2018, 3, 1, 10),
    "hautes-pyrenees-2015": datetime(2026, 11, 20, 9, 30),
}
#: Facts that make each clause decide one way and the other.
STATED: tuple[dict[str, object], ...] = (
    {},
    {"user_category": "equipe-gestion", "under_warranty": False},
    {"user_category": "professeurs", "acquired_by": "academie", "in_referentiel": False},
    {"acquired_by": "college", "acquired_on": date(2018, 2, 1), "inventoried": False, "in_referentiel": False},
    {"acquired_by": "college", "acquired_on": date(2018, 2, 1), "inventoried": True, "in_referentiel": True},
    {"acquired_by": "departement", "acquired_on": date(2014, 2, 1), "experimentation": True},
    {"acquired_by": "etablissement", "user_category": "cdi"},
    {"acquired_by": "region", "under_warranty": True},
)
#: Names that no shipped agreement has: an article of their own, a plural, an unknown noun, a vowel.
STRANGE = {
    "academie": "l'État",
    "departement": "Les Communes du Val",
    "commune": "Aisne Numérique",
    "region": "GIP Écoles",
}


def renamed(conventions: Conventions) -> Conventions:
    """The agreements signed by bodies whose names are as awkward as names can be."""

    def one(convention: Convention) -> Convention:
        bodies = {name: replace(body, name=STRANGE.get(name, body.name)) for name, body in convention.parties.items()}
        return replace(convention, parties=bodies)

    return conventions.with_conventions(one(convention) for convention in conventions)


@pytest.fixture(scope="module", params=["shipped", "strange"])
def conventions(request: pytest.FixtureRequest) -> Conventions:
    return SHIPPED if request.param == "shipped" else renamed(SHIPPED)


def requests(router: Router, agreement: str) -> Iterator[Request]:
    """A request on every cell of every service, for one établissement of each class, with facts where they count."""
    conventions = router.conventions
    for place in place_classes(conventions, [agreement]):
        for service in conventions.services:
            for activity in conventions.activities:
                bare = Request(
                    etablissement=place.example,
                    service=service,
                    activity=activity,
                    opened_at=IN_FORCE.get(agreement, datetime(2026, 1, 13, 10)),
                )
                asked = router.asked(bare)
                seen = set()
                for facts in STATED if asked else STATED[:1]:
                    known = {fact: value for fact, value in facts.items() if fact in asked}
                    if (key := tuple(known.items())) not in seen:
                        seen.add(key)
                        yield replace(bare, **known)  # type: ignore[arg-type]


def faulty(sentences: Iterator[str]) -> dict[str, list[str]]:
    said = set(sentences)
    assert said
    return {one: found for one in sorted(said) if (found := french.faults(one))}


def reasons(router: Router, agreement: str) -> Iterator[str]:
    for request in requests(router, agreement):
        decision = router.route(request)
        yield explain.why(router, request, decision)
        yield from (warning.message for warning in decision.warnings)
        if any(getattr(request, fact) is not None for fact in FACTS) or decision.missing:
            yield from (f"Le ticket {one.sentence}." for one in explain.what_would_change(router, request))
            yield from (explain.question(router.conventions, request, fact).sentence for fact in decision.missing)


@pytest.mark.parametrize("agreement", sorted(IN_FORCE))
def test_reasons_and_what_would_change_them(conventions: Conventions, agreement: str) -> None:
    """Defects: « le choix et l’achat … lui revient », « Le l'État », « le collège de Lezay, Lezay »."""
    assert faulty(reasons(Router(conventions), agreement)) == {}


def test_the_reasons_of_agreements_that_declare_their_own_words(tmp_path: Path) -> None:
    """Own services and names, as `docs/conventions.md` writes them and as the invented agreement of the tests does."""
    (tmp_path / "rive-douce-2025").mkdir()
    for block in re.findall(r"```toml\n(.*?)```", (ROOT / "docs/conventions.md").read_text("utf-8"), re.DOTALL):
        name = block.split("\n")[0].removeprefix("# ")
        (tmp_path / "rive-douce-2025" / name).write_text(block, encoding="utf-8")
    router = Router(load_conventions(tmp_path, Path(__file__).parent / "accords"))
    told = [*reasons(router, "rive-douce-2025"), *reasons(router, "clos-fleuri-2024")]
    assert faulty(iter(told)) == {}
    for label in ("d’«\u00a0Imprimante 3D\u00a0»", "de «\u00a0Traceur de découpe\u00a0»"):
        assert any(label in one for one in told), label


@pytest.mark.parametrize("agreement", sorted(IN_FORCE))
def test_outside_an_agreement_and_at_its_end(conventions: Conventions, agreement: str) -> None:
    convention = conventions[agreement]
    place = next(iter(convention.etablissements))
    moments = (datetime(2001, 1, 1), datetime(2035, 1, 1), IN_FORCE[agreement])
    end = Recorded("end", agreement, convention.starts + timedelta(days=100))

    def told() -> Iterator[str]:
        for recorded in ((), (end,)):
            router = Router(conventions, recorded)
            for moment in moments:
                yield terms.standing(convention, moment.date(), recorded).sentence
                yield from (one.sentence for one in terms.coming(convention, moment.date(), 5000, recorded))
                for service in ("antivirus", "ent", "telephonie-mobile", "permutation-postes"):
                    request = Request(etablissement=place, service=service, activity="mco", opened_at=moment)
                    yield explain.why(router, request, router.route(request))

    assert faulty(told()) == {}


@pytest.mark.parametrize("agreement", sorted(IN_FORCE))
def test_the_sentences_of_law(conventions: Conventions, agreement: str) -> None:
    convention = conventions[agreement]
    helpers = tuple(name for name in convention.parties)

    def told() -> Iterator[str]:
        for (service, activity), before in convention.versions[-1].cells.items():
            for value in PLAIN:
                for contributors in ((), helpers):
                    change = CellChange(service=service, activity=activity, value=value, contributors=contributors)
                    try:
                        yield sentence(convention, conventions.vocabulary, before, change)
                    except ValueFault:
                        continue

    assert faulty(told()) == {}


@pytest.mark.parametrize("agreement", sorted(IN_FORCE))
def test_the_findings_of_lint(conventions: Conventions, agreement: str) -> None:
    report = lint(conventions, [agreement], on=date(2026, 11, 25), proof=False)
    assert faulty(one.sentence for one in report.findings if one.code not in ("inventory", "self-contributor")) == {}


def test_every_party_after_de_and_a(conventions: Conventions) -> None:
    def told() -> Iterator[str]:
        for convention in conventions:
            for body in convention.parties.values():
                name = wording.named(convention, body)
                yield f"{wording.capital(name)} parle {wording.to(name)} au nom {wording.of(name)}."

    assert faulty(told()) == {}
