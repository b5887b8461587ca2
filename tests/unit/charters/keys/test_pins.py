"""PINs: which may be chosen, and the hash that is stored."""

from __future__ import annotations

import pytest

from charters.keys import pins


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "12345",
        "123456",
        "654321",
        "111111",
        "121212",
        "abcabc",
        "345678",
        "fedcba",
        "azerty",
        "MotDePasse",
        "14071989",
        "19890714",
        "140789",
        "890714",
        "311299",
        "14/07/89",
        "14-07-1989",
        "1 4 0 7 8 9",
        "14.07.89 ",
        "890123",
        "210987",
        "12-34-56",
        "111111 ",
        " azerty",
        "p-durand",
        "P Durand",
        "p.durand",
        "pdurand",
        "a" * 65,
        "abc\x00defg",
        "000000",
    ],
)
def test_a_pin_easily_guessed_is_refused_with_a_sentence(pin):
    assert pins.fault(pin, "p.durand")


@pytest.mark.parametrize(
    "pin",
    [
        "846213",
        "993289",
        "140089",
        "vélo-97-bleu",
        "!?#%&*",
        "73-guichet",
        "x" * 30 + "y" * 34,
        "correct cheval pile",
    ],
)
def test_a_pin_of_any_sort_is_accepted_up_to_64_characters(pin):
    assert pins.fault(pin, "p.durand") is None


@pytest.mark.usefixtures("real_hashes")
def test_what_is_kept_is_argon2id_and_tells_right_from_wrong():
    kept = pins.hashed("846213")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert pins.right("846213", kept)
    assert not pins.right("846214", kept)
    assert not pins.right("", kept)
    assert not pins.right("846213", None)
    assert not pins.right("846213", "not a hash")
