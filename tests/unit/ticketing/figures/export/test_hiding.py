"""What leaves the perimeter: no line about fewer than five people, and sums that stay true, counted by hand."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ticketing.figures.export.dictionary import ABOUT, AMOUNTS, COUNTED, FIELDS, HIDDEN, LEFT_OUT
from ticketing.figures.export.hiding import FEWEST, TOLD, Group, Groups, Key, merged, told
from ticketing.figures.export.reading import pseudonym


def key(etablissement: str, service: str = "wifi", category: str = "profs") -> Key:
    said = {"party": "d", "etablissement": etablissement, "service": service, "category": category, "urgency": "3"}
    return tuple(said.get(name, "") for name in TOLD)


def written(places: dict[str, Groups]) -> list[tuple[dict[str, str], int]]:
    """Return the lines of a month: what each tells, and its count of tickets."""
    rest: Groups = {}
    found = [one for groups in places.values() for one in told(groups, rest)]
    found += merged(rest)
    return [(dict(zip(TOLD, key, strict=True)), amounts["opened"]) for key, amounts in found]


def group(opened: int, *people: int) -> Group:
    found = Group()
    found.add({"opened": opened}, people)
    return found


def test_a_line_of_five_people_is_told_and_those_of_fewer_lose_first_their_place() -> None:
    places = {
        "E-1": {key("E-1"): group(9, 1, 2, 3, 4, 5)},
        "E-2": {key("E-2"): group(4, 11, 12, 13)},
        "E-3": {key("E-3"): group(2, 21, 22)},
    }
    # E-1 has five people; E-2 and E-3 have three and two, five together: one line of 4 + 2 tickets without its place.
    assert [(line["etablissement"], line["service"], opened) for line, opened in written(places)] == [
        ("E-1", "wifi", 9),
        (HIDDEN, "wifi", 6),
    ]


def test_the_same_person_counts_once_and_what_stays_too_few_is_left_out() -> None:
    places = {"E-1": {key("E-1"): group(50, 1, 2, 3, 4)}, "E-2": {key("E-2", "ent", "cdi"): group(7, 1, 2, 3, 4)}}
    assert written(places) == [], "four people in all, whatever is hidden"
    places["E-3"] = {key("E-3", "ent"): group(1, 5)}
    (line,) = written(places)
    # The seven of « ent » for the CDI and the one for professors are by five people, once whom they serve is hidden.
    assert line[1] == 8 and line[0]["service"] == "ent" and line[0]["category"] == line[0]["etablissement"] == HIDDEN


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["wifi", "ent"]), st.integers(1, 12)), max_size=60))
def test_no_line_is_about_fewer_than_five_and_nothing_is_counted_twice(tickets: list[tuple[str, str, int]]) -> None:
    places: dict[str, Groups] = {}
    for place, service, person in tickets:
        found = places.setdefault(place, {}).setdefault(key(place, service), Group())
        found.add({"opened": 1}, (person,))
    lines = written(places)
    assert sum(opened for _, opened in lines) <= len(tickets)
    for line, opened in lines:
        about = {
            person
            for place, service, person in tickets
            if line["etablissement"] in (place, HIDDEN) and line["service"] in (service, HIDDEN)
        }
        assert len(about) >= FEWEST and opened >= FEWEST
    named = Counter(line["etablissement"] for line, _ in lines)
    assert set(named) <= {*places, HIDDEN}


def test_every_fact_s_column_is_in_the_dictionary_or_left_out_and_none_names_a_ticket() -> None:
    assert set(COUNTED) | set(LEFT_OUT) == set(AMOUNTS) and set(TOLD) <= set(ABOUT)
    labels = [one.label for one in FIELDS]
    assert len(set(labels)) == len(labels) and not [one for one in labels if "ticket" in one or "numero" in one]


def test_a_pseudonym_is_the_same_under_its_key_and_another_s_under_another() -> None:
    assert pseudonym(b"k" * 32, "desaix-tarbes") == pseudonym(b"k" * 32, "desaix-tarbes")
    assert len({pseudonym(bytes([one]) * 32, "desaix-tarbes") for one in range(20)}) == 20
    assert "desaix" not in pseudonym(b"k" * 32, "desaix-tarbes")
