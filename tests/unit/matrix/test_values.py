"""What a word of annexe 2 means in an agreement."""

from __future__ import annotations

import pytest

from matrix import load_conventions
from matrix.values import ValueFault, cases_of, parse

HP = load_conventions()["hautes-pyrenees-2015"]


def test_a_word_that_depends_on_its_cases_means_none_by_itself():
    assert cases_of(parse("selon"), HP.parties, HP.notes, ()) == ()


def test_a_role_that_no_party_has_is_refused():
    parties = {name: body for name, body in HP.parties.items() if name in ("academie", "college")}
    with pytest.raises(ValueFault, match="aucune partie de rôle CL dans cet accord"):
        cases_of(parse("CL"), parties, HP.notes, ())
    (case,) = cases_of(parse("CL"), HP.parties, HP.notes, ())
    assert (case.status, case.party) == ("routed", "departement")
