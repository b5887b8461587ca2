"""Test the hashes that forgotten people's sigles leave behind."""

import pytest

from charters.people import sigles


@pytest.mark.usefixtures("real_hashes")
def test_the_hash_of_a_sigle_never_changes_or_sigles_would_be_given_again():
    kept = "8b03e51403e3e267c27c9b9512e598c5b5a7cc86120064aa6dd01e25ee3c4d98"
    assert sigles.mark(" P.Durand") == kept
    assert sigles.marks(["p.durand", "p.durant", "p.durand"]) == {"p.durand": kept, "p.durant": sigles.mark("p.durant")}
