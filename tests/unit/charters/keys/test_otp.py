"""One-time codes: all 28 vectors of RFC 4226 and RFC 6238, windows, and refusal of used codes (AUT-01, AUT-05)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from charters.keys.otp import Device, base32, code_at, locate, match, provisioning_uri, resynchronise, step_at

SEED = b"12345678901234567890"
SEEDS = {
    "sha1": SEED,
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
HOTP = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
TOTP = {
    59: ("94287082", "46119246", "90693936"),
    1111111109: ("07081804", "68084774", "25091201"),
    1111111111: ("14050471", "67062674", "99943326"),
    1234567890: ("89005924", "91819424", "93441116"),
    2000000000: ("69279037", "90698825", "38618901"),
    20000000000: ("65353130", "77737706", "47863826"),
}
VECTORS = [("hotp", "sha1", 6, counter, code) for counter, code in enumerate(HOTP)] + [
    ("totp", algorithm, 8, at, code) for at, codes in TOTP.items() for algorithm, code in zip(SEEDS, codes, strict=True)
]
NOW = datetime(2026, 11, 12, 9, 0, 10, tzinfo=UTC)


def moment(seconds):
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def near(code):
    """The codes that differ from this code by one in one digit."""
    for place, digit in enumerate(code):
        for step in (-1, 1):
            yield code[:place] + str((int(digit) + step) % 10) + code[place + 1 :]


def test_there_are_28_vectors():
    assert len(VECTORS) == 28


@pytest.mark.parametrize(("kind", "algorithm", "digits", "at", "code"), VECTORS)
def test_aut_01_vector_accepted_and_one_digit_away_refused(kind, algorithm, digits, at, code):
    seed = SEEDS[algorithm]
    if kind == "hotp":
        device, now, step = Device("hotp", digits, algorithm, at - 1 if at else None), NOW, at
    else:
        device, now, step = Device("totp", digits, algorithm), moment(at), at // 30
    assert match(device, seed, code, now).step == step
    window = [code_at(seed, max(0, step + ahead), digits, algorithm) for ahead in range(-1, 12)]
    for wrong in near(code):
        if wrong not in window:
            assert match(device, seed, wrong, now).step is None


@pytest.mark.parametrize(
    ("skew", "accepted"), [(-90, False), (-60, False), (-30, True), (0, True), (30, True), (60, False), (90, False)]
)
def test_aut_05_totp_holds_one_step_on_each_side(skew, accepted):
    code = code_at(SEED, step_at(NOW + timedelta(seconds=skew)))
    assert (match(Device("totp"), SEED, code, NOW).step is not None) is accepted


@pytest.mark.parametrize("a_year", [90, -90, 600, -600])
@pytest.mark.parametrize("second", [0, 10, 29])
def test_the_drift_of_a_clock_is_learnt_at_each_success(a_year, second):
    """A key used once a week for ten years, whose clock gains or loses so many seconds a year (RFC 6238, 6)."""
    device, start = Device("totp"), NOW.replace(second=second)
    for week in range(520):
        now = start + timedelta(weeks=week)
        shown = code_at(SEED, step_at(now + timedelta(seconds=a_year * week / 52)))
        found = match(device, SEED, shown, now)
        assert found.step is not None, week
        device = Device("totp", last_step=found.step, drift=found.drift)
    assert device.drift == pytest.approx(a_year * 10 / 30, abs=1)


@pytest.mark.parametrize(("skipped", "accepted"), [(0, True), (9, True), (10, True), (11, False), (15, False)])
def test_aut_05_hotp_looks_ten_ahead(skipped, accepted):
    code = code_at(SEED, 5 + skipped)
    assert (match(Device("hotp", last_step=4), SEED, code, NOW).step is not None) is accepted


@pytest.mark.parametrize(("counter", "accepted"), [(0, True), (10, True), (11, False)])
def test_a_key_never_used_is_read_from_its_first_counter_to_ten_ahead(counter, accepted):
    assert match(Device("hotp"), SEED, code_at(SEED, counter), NOW).step == (counter if accepted else None)


def test_a_step_once_accepted_is_never_accepted_again_nor_any_before():
    step = step_at(NOW)
    device = Device("totp", last_step=step)
    for used in (step, step - 1):
        again = match(device, SEED, code_at(SEED, used), NOW)
        assert again.step is None and again.replayed
    assert match(device, SEED, code_at(SEED, step + 1), NOW).step == step + 1
    wrong = match(device, SEED, "not a code", NOW)
    assert wrong.step is None and not wrong.replayed


def test_aut_05_an_old_counter_is_refused_and_called_used():
    device = Device("hotp", last_step=4)
    assert match(device, SEED, code_at(SEED, 4), NOW) == match(device, SEED, code_at(SEED, 2), NOW)
    assert match(device, SEED, code_at(SEED, 4), NOW).replayed


def test_aut_05_two_consecutive_codes_resynchronise():
    device = Device("hotp", last_step=4)
    assert resynchronise(device, SEED, code_at(SEED, 20), code_at(SEED, 21)) == 21
    assert resynchronise(device, SEED, code_at(SEED, 20), code_at(SEED, 22)) is None
    assert resynchronise(device, SEED, code_at(SEED, 300), code_at(SEED, 301)) is None
    assert resynchronise(device, SEED, code_at(SEED, 3), code_at(SEED, 4)) is None


@pytest.mark.parametrize("typed", ["123 456", " 123456 ", "123\u00a0456"])
def test_blanks_that_people_type_do_not_matter(typed):
    code = code_at(SEED, step_at(NOW))
    spaced = typed.replace("123", code[:3]).replace("456", code[3:])
    assert match(Device("totp"), SEED, spaced, NOW).step is not None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "-----​-", "é" * 6, "\x00" * 6, "------"])
def test_what_is_no_code_is_refused_without_a_crash(typed):
    assert match(Device("totp"), SEED, typed, NOW).step is None


def test_an_unknown_algorithm_is_refused():
    with pytest.raises(ValueError):
        code_at(SEED, 1, 6, "md5")


def test_the_address_that_the_qr_code_carries():
    address = urlsplit(provisioning_uri(Device("totp"), SEED, "p.durand"))
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Guichet:p.durand")
    values = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert values == {"secret": base32(SEED), "issuer": "Guichet", "digits": "6", "algorithm": "SHA1", "period": "30"}


@pytest.mark.parametrize(("last", "counter"), [(None, "0"), (0, "1"), (1, "2"), (41, "42")])
def test_the_address_of_a_counter_key_carries_the_counter_that_comes_next(last, counter):
    """After counter 0 was used, the address gave it again."""
    address = urlsplit(provisioning_uri(Device("hotp", 8, "sha256", last), SEED, "p.durand"))
    values = {name: value[0] for name, value in parse_qs(address.query).items()}
    assert address.netloc == "hotp"
    assert values == {
        "secret": base32(SEED),
        "issuer": "Guichet",
        "digits": "8",
        "algorithm": "SHA256",
        "counter": counter,
    }


@pytest.mark.parametrize(("last", "counter", "found"), [(None, 0, 1), (None, 99, 100), (4, 5, 6), (4, 104, 105)])
def test_a_counter_key_is_found_from_the_next_counter_to_the_hundredth(last, counter, found):
    device = Device("hotp", last_step=last)
    assert resynchronise(device, SEED, code_at(SEED, counter), code_at(SEED, counter + 1)) == found


@pytest.mark.parametrize(("last", "counter"), [(None, 100), (4, 4), (4, 105)])
def test_a_counter_key_is_not_found_outside_its_hundred_counters(last, counter):
    device = Device("hotp", last_step=last)
    assert resynchronise(device, SEED, code_at(SEED, counter), code_at(SEED, counter + 1)) is None


@pytest.mark.parametrize(("behind", "found"), [(-101, False), (-100, True), (0, True), (99, True), (100, False)])
def test_a_clock_key_is_found_within_a_hundred_steps_of_our_clock(behind, found):
    first = step_at(NOW) + behind
    place = locate(Device("totp"), SEED, code_at(SEED, first), code_at(SEED, first + 1), NOW)
    assert (None if place is None else (place.step, place.drift)) == ((first + 1, behind + 1) if found else None)


def test_a_clock_key_is_found_from_the_step_after_the_last_used():
    here = step_at(NOW)
    device = Device("totp", last_step=here - 3)
    place = locate(device, SEED, code_at(SEED, here - 2), code_at(SEED, here - 1), NOW)
    assert place is not None and place.step == here - 1
    assert locate(device, SEED, code_at(SEED, here - 3), code_at(SEED, here - 2), NOW) is None


def test_of_two_places_where_the_codes_stand_the_first_is_given(monkeypatch):
    """Six digits repeat: the nearest counter is the right one."""
    monkeypatch.setattr("charters.keys.otp.code_at", lambda seed, step, *_: f"{step % 7:06d}")
    assert resynchronise(Device("hotp"), SEED, "000003", "000004") == 4
    assert match(Device("hotp"), SEED, "000003", NOW).step == 3


def test_a_code_that_is_right_at_a_used_step_and_at_a_new_one_is_accepted(monkeypatch):
    monkeypatch.setattr("charters.keys.otp.code_at", lambda seed, step, *_: f"{step % 2:06d}")
    here = step_at(NOW)
    found = match(Device("totp", last_step=here - 1), SEED, f"{(here + 1) % 2:06d}", NOW)
    assert (found.step, found.replayed) == (here + 1, False)


def test_a_key_whose_clock_drifts_is_read_by_its_own_steps():
    here = step_at(NOW)
    for drift in (-5, 5):
        device = Device("totp", drift=drift)
        assert match(device, SEED, code_at(SEED, here + drift), NOW).step == here + drift
        assert match(device, SEED, code_at(SEED, here), NOW).step is None


def test_the_first_steps_of_time_have_none_before_them():
    assert match(Device("totp"), SEED, code_at(SEED, 0), moment(0)).step == 0
    found = locate(Device("totp"), SEED, code_at(SEED, 0), code_at(SEED, 1), moment(0))
    assert found is not None and (found.step, found.drift) == (1, 1)


def test_an_old_counter_is_called_used_up_to_ten_before_the_last():
    device = Device("hotp", last_step=50)
    assert match(device, SEED, code_at(SEED, 40), NOW).replayed
    assert not match(device, SEED, code_at(SEED, 39), NOW).replayed


def test_two_consecutive_codes_say_where_a_key_stands():
    counter = locate(Device("hotp", last_step=4), SEED, code_at(SEED, 20), code_at(SEED, 21), NOW)
    assert counter is not None and (counter.step, counter.drift) == (21, 0)
    assert locate(Device("hotp", last_step=4), SEED, code_at(SEED, 21), code_at(SEED, 20), NOW) is None
    here = step_at(NOW)
    late = locate(Device("totp"), SEED, code_at(SEED, here - 6), code_at(SEED, here - 5), NOW)
    assert late is not None and (late.step, late.drift) == (here - 5, -5)
    assert locate(Device("totp", last_step=here), SEED, code_at(SEED, here - 1), code_at(SEED, here), NOW) is None
