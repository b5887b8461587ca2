"""Test the services in plain words, and the questions of the opening form: only those that can change the party."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from matrix import Request, Router, load_conventions
from matrix.model import FACTS
from ticketing.web import vocabulary
from ticketing.web.tickets import questions
from ticketing.web.tickets.subjects import groups

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
ANNEXE_2 = (
    "infrastructure",
    "structurants",
    "utilisateurs-administratif",
    "utilisateurs-pedagogique",
    "continuite-qualite",
    "metier-enseignement",
    "metier-vie-scolaire",
    "metier-gestion-administrative",
)


@pytest.fixture(scope="module")
def router() -> Router:
    return Router(load_conventions())


def request_for(service: str, activity: str, **facts: Any) -> Request:
    return Request(etablissement="desaix-tarbes", service=service, activity=activity, opened_at=NOW, **facts)


def test_every_service_of_annexe_2_and_the_ent_have_plain_words(router: Router) -> None:
    wanted = {service for section in ANNEXE_2 for service in router.conventions.sections[section]} | {"ent"}
    assert set(vocabulary.SERVICES) == wanted
    assert len(wanted) == 39
    for service in vocabulary.SERVICES.values():
        assert service.label and service.hint


def test_every_activity_and_category_have_plain_words(router: Router) -> None:
    assert {key for key, _, _ in vocabulary.ACTIVITIES} == set(router.conventions.activities)
    assert set(vocabulary.USER_CATEGORIES) == set(router.conventions.user_categories)


def test_the_picker_offers_every_service_of_the_agreement_once(router: Router) -> None:
    offered = [service.id for group in groups(router.conventions, "desaix-tarbes", "cmi") for service in group.services]
    assert sorted(offered) == sorted((*vocabulary.SERVICES, "formation", "usages-numeriques"))


def test_the_network_manager_is_offered_annexe_5_only(router: Router) -> None:
    offered = {
        service.id for group in groups(router.conventions, "desaix-tarbes", "reseau") for service in group.services
    }
    allowed = router.conventions.opens("reseau", "desaix-tarbes")
    assert allowed is None or offered == allowed & set(vocabulary.SERVICES)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("imprimante", "equipement-bureautique"),
        ("L'IMPRIMANTE", "equipement-bureautique"),
        ("pronote", "vie-scolaire-prive"),
        ("mot de passe", "acces-reseau-pedagogique"),
        ("mot de passe élève", "acces-reseau-pedagogique"),
        ("wifi", "infrastructure-reseau"),
        ("cantine turbo", "restauration-prive"),
        ("messagerie académique boite pleine", "communication-administrative"),
        ("BCDI", "recherche-documentaire"),
        ("vidéoprojecteurs", "equipement-bureautique"),
        ("vidéo projecteur", "equipement-bureautique"),
        ("plus de son", "equipement-bureautique"),
        ("ordi", "equipement-bureautique"),
        ("limprimante", "equipement-bureautique"),
        ("VP", "equipement-bureautique"),
        ("TNI", "equipement-bureautique"),
        ("mdp", "acces-reseau-pedagogique"),
        ("e-mail", "communication-administrative"),
    ],
)
def test_what_people_call_things_is_offered_first(typed: str, first: str) -> None:
    assert vocabulary.offers(typed)[0].service.id == first


def test_an_offer_is_in_plain_words_with_those_that_led_there() -> None:
    offer = vocabulary.offers("L’imprimante du CDI ne marche plus")[0]
    assert (offer.service, offer.answer) == (vocabulary.SERVICES["equipement-bureautique"], "C’est en panne")
    assert "imprimante" in offer.words


@pytest.mark.parametrize("typed", ["le wifi est coupé", "Pronote"])
def test_sure_words_offer_one_subject_and_no_padding(typed: str) -> None:
    assert len(vocabulary.offers(typed)) == 1


def test_only_services_that_the_page_knows_are_offered() -> None:
    among = [vocabulary.SERVICES["ent"], vocabulary.SERVICES["journaux"]]
    assert {offer.service.id for offer in vocabulary.offers("Pronote ne marche plus", among)} <= {"ent", "journaux"}


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "le la les", "zzzz", "<script>", "'; --", "\u202e", "a" * 100_000, "salle"),
        *("Rien de connu", "ça ne marche pas", "bonjour", "il pleut dans la salle"),
    ],
)
def test_what_tells_nothing_offers_nothing(typed: str) -> None:
    assert vocabulary.offers(typed) == []


def test_a_question_is_asked_on_the_spot_then_the_next(router: Router) -> None:
    first = questions.asked(router, request_for("equipement-bureautique", "mco"))
    assert first.ask == ("user_category",)
    settled = questions.asked(router, request_for("equipement-bureautique", "mco", user_category="equipe-gestion"))
    assert settled.ask == ("user_category",)  # stays on the page: another answer would change the party
    assert "acquired_by" not in settled.optional  # own funds never change the party of an administrative workstation


def test_the_exception_is_offered_then_its_own_questions_come(router: Router) -> None:
    pedagogical = questions.asked(router, request_for("equipement-bureautique", "mco", user_category="professeurs"))
    assert pedagogical.ask == ("user_category",)
    assert pedagogical.optional == ("acquired_by",)
    bought = questions.asked(
        router, request_for("equipement-bureautique", "mco", user_category="professeurs", acquired_by="college")
    )
    assert bought.ask == ("user_category", "acquired_by", "acquired_on", "inventoried")


def test_a_correction_asks_what_can_matter_for_the_service_and_what_is_known(router: Router) -> None:
    def asked_of(service: str, **known: Any) -> list[str]:
        return [one.fact for one in questions.of_service(router, request_for(service, "installation", **known))]

    assert asked_of("gestion-eleves") == []
    assert asked_of("gestion-eleves", under_warranty=True) == ["under_warranty"]  # it can be taken back
    assert asked_of("equipement-bureautique") == ["user_category", "acquired_by", "acquired_on", "inventoried"]
    assert len(asked_of("a-preciser")) == len(FACTS)


def test_passing_over_a_question_brings_the_next(router: Router) -> None:
    wanted = questions.asked(router, request_for("equipement-bureautique", "mco"), passed={"user_category"})
    assert wanted.ask[0] == "user_category"


@pytest.mark.parametrize(
    ("chosen", "line", "value"),
    [
        *(("", "", ""), ("", "cdi", "cdi"), ("classe", "", "classe"), ("classe", "cdi", "cdi")),
        *(("administration", "cdi", "administration"), ("autre", "pc-cuisinier", "pc-cuisinier"), ("autre", "", "")),
        *(("?", "cdi", "?"), ("<b>", "roi", "roi")),
    ],
)
def test_two_turns_make_one_answer_on_the_user(chosen: str, line: str, value: str) -> None:
    assert questions.category(*questions.usage(chosen, line)) == value


def test_the_line_is_asked_only_where_it_may_change_the_party() -> None:
    asked = questions.Asked(("user_category", "acquired_by"))
    assert questions.parted(asked, "", "", ["user_category"]).ask == ("usage", "acquired_by")
    assert questions.parted(asked, "classe", "", []).ask == ("usage", "acquired_by")
    assert questions.parted(asked, "classe", "", ["user_category"]).ask == ("usage", "user_category", "acquired_by")
    assert questions.parted(asked, "autre", "", ["user_category"]).ask == ("usage", "user_category", "acquired_by")


def test_a_cell_without_facts_asks_nothing(router: Router) -> None:
    assert questions.asked(router, request_for("gestion-eleves", "mco")) == questions.Asked()


def test_what_is_asked_can_change_the_answer(router: Router) -> None:
    """For every cell, each fact shown gives at least two outcomes, and those that the router misses come in turn."""
    for service in vocabulary.SERVICES:
        for activity in router.conventions.activities:
            request = request_for(service, activity)
            missing = router.route(request).missing
            shown = questions.asked(router, request)
            assert (not missing) or shown.ask[0] == missing[0]
            assert not (set(shown.ask) & set(shown.optional))
            for fact in (*shown.ask, *shown.optional):
                assert fact in router.asked(request)


@pytest.mark.parametrize(("raw", "value"), [("oui", True), ("non", False), ("?", None), ("", None)])
def test_answers_are_read(raw: str, value: bool | None) -> None:
    facts, passed, errors = questions.read_facts({"inventoried": raw})
    assert facts["inventoried"] is value
    assert set(facts) == set(FACTS)
    assert not errors
    assert ("inventoried" in passed) == (raw == "?")


@pytest.mark.parametrize(
    ("fact", "raw"),
    [
        ("acquired_on", "hier"),
        ("acquired_on", "2026-13-45"),
        ("inventoried", "peut-être"),
        ("under_warranty", "<script>"),
    ],
)
def test_an_answer_that_is_none_is_told_at_its_field(fact: str, raw: str) -> None:
    facts, _, errors = questions.read_facts({fact: raw})
    assert facts[fact] is None
    assert errors[fact].endswith(".")


@pytest.mark.parametrize("value", [True, False, None, date(2021, 9, 1), "professeurs"])
def test_written_and_read_are_inverse(value: Any) -> None:
    fact = {bool: "inventoried", date: "acquired_on", str: "user_category"}.get(type(value), "inventoried")
    assert questions.read_facts({fact: questions.written(value)})[0][fact] == value
