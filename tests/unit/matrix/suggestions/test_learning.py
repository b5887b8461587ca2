"""What confirmed tickets teach: counts of words, never a text, a rare word or the name of a person."""

from __future__ import annotations

import pytest

from matrix.suggestions import Confirmed, Counts, countable, counted


def tickets(stem: str, places: list[str], service: str = "ent") -> list[Confirmed]:
    return [Confirmed(place, service, frozenset((stem,))) for place in places]


def test_a_word_is_kept_from_five_tickets_of_three_places_on():
    enough = ["a", "a", "a", "b", "c"]
    assert counted(tickets("portail", enough)).by_stem == {"portail": {"ent": 5}}
    assert counted(tickets("portail", [*enough[:4], "b"])).by_stem == {}  # two places
    assert counted(tickets("portail", enough[1:])).by_stem == {}  # four tickets
    assert counted(tickets("portail", enough[1:])).tickets == {"ent": 4}


def test_tickets_of_several_services_count_together():
    kept = counted([*tickets("badge", ["a", "b", "c"]), *tickets("badge", ["a", "b"], "inventaire")])
    assert kept.by_stem == {"badge": {"ent": 3, "inventaire": 2}}


@pytest.mark.parametrize("text", ["Mme Durand", "monsieur Jean Dupond", "M. Lefebvre", "Docteur Petit"])
def test_the_name_after_a_title_is_not_counted(text):
    assert countable(text) == frozenset()


def test_only_words_are_counted():
    assert countable("L’imprimante 204 est à la loge, tél 0612345678, ab@cd.fr") == countable("imprimante loge tél")


def test_merging_adds_with_a_weight_and_changes_neither():
    one, other = Counts({"a": {"ent": 2}}, {"ent": 4}), Counts({"a": {"ent": 2}, "b": {"journaux": 6}}, {"journaux": 8})
    merged = one.merged(other, 0.5)
    assert merged == Counts({"a": {"ent": 3}, "b": {"journaux": 3}}, {"ent": 4, "journaux": 4})
    assert one.by_stem == {"a": {"ent": 2}} and Counts().merged(one) == one


def test_a_word_speaks_for_the_services_whose_tickets_hold_it_more_often():
    counts = Counts({"badge": {"ent": 1, "inventaire": 30}}, {"ent": 60, "inventaire": 60})
    says = counts.says("badge")
    assert says["inventaire"] > 0 > says["ent"] and counts.says("autre") == {}


def test_no_word_says_more_than_two():
    says = Counts({"badge": {"ent": 10_000}}, {"ent": 10_000, "inventaire": 10_000_000}).says("badge")
    assert says == {"ent": 2.0, "inventaire": -2.0}
