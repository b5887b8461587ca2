"""One-time codes (RFC 4226, RFC 6238): computing codes, and checking that a typed code is right and unused. Pure.

The matching loop is our own because libraries only answer yes or no, while refusing a used code needs the step that
matched.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote, urlencode

Kind = Literal["totp", "hotp"]
ALGORITHMS = ("sha1", "sha256", "sha512")
PERIOD = 30  # seconds a TOTP step
TOLERANCE = 1  # steps, on each side
LOOK_AHEAD = 10  # HOTP counters beyond the expected one
RESYNC_WINDOW = 100
SEED_BYTES = 20  # 160 bits, for the keys made here


@dataclass(frozen=True, slots=True)
class Device:
    """The properties of a key used in matching. `last_step`: the last step or counter accepted, None for none.

    `drift` is the number of steps by which a TOTP key's clock is ahead of the server's (negative: behind). Steps are
    counted on the key's clock.
    """

    kind: Kind
    digits: int = 6
    algorithm: str = "sha1"
    last_step: int | None = None
    drift: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """`step` to store when the code is accepted, else None; `replayed` when it was right, but already used.

    `drift`: that of the key by the accepted code, to be stored too (RFC 6238, 6); 0 for a counter.
    """

    step: int | None
    replayed: bool = False
    drift: int = 0


def code_at(seed: bytes, step: int, digits: int = 6, algorithm: str = "sha1") -> str:
    """The code of a counter or time step (RFC 4226, 5.3)."""
    if algorithm not in ALGORITHMS:
        raise ValueError(f"unknown algorithm {algorithm}")
    digest = hmac.new(seed, step.to_bytes(8, "big"), algorithm).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_at(now: datetime) -> int:
    """The TOTP step of an aware instant."""
    return int(now.timestamp()) // PERIOD


def typed(code: str) -> str:
    """The typed code without the blanks that people and keys put in the middle."""
    return "".join(code.split())


def match(device: Device, seed: bytes, code: str, now: datetime) -> Match:
    """Compare a typed code with every candidate, each in constant time, even after one matched."""
    last = -1 if device.last_step is None else device.last_step
    if device.kind == "totp":
        centre = step_at(now) + device.drift
        candidates = range(max(0, centre - TOLERANCE), centre + TOLERANCE + 1)
    else:
        candidates = range(max(0, last - LOOK_AHEAD), last + 1 + LOOK_AHEAD + 1)
    given = _given(device, code)
    accepted, replayed = None, False
    for step in candidates:
        right = hmac.compare_digest(given, code_at(seed, step, device.digits, device.algorithm).encode())
        if right and step > last and accepted is None:
            accepted = step
        replayed |= right and step <= last
    drift = accepted - step_at(now) if device.kind == "totp" and accepted is not None else 0
    return Match(accepted, replayed and accepted is None, drift)


@dataclass(frozen=True, slots=True)
class Found:
    """The state of a key found from two consecutive codes: the second's step or counter, and the key's drift."""

    step: int
    drift: int = 0


def resynchronise(device: Device, seed: bytes, first: str, second: str) -> int | None:
    """The counter of `second` if `first` and `second` are consecutive HOTP codes within the window, else None."""
    last = -1 if device.last_step is None else device.last_step
    return _consecutive(device, seed, first, second, range(last + 1, last + 1 + RESYNC_WINDOW))


def locate(device: Device, seed: bytes, first: str, second: str, now: datetime) -> Found | None:
    """The state of the key if `first` and `second` are two of its consecutive codes within the window, else None.

    The window is the next counters (HOTP), or as many steps before or after the server's clock (TOTP). A step already
    used is never accepted.
    """
    if device.kind == "hotp":
        counter = resynchronise(device, seed, first, second)
        return None if counter is None else Found(counter)
    centre, last = step_at(now), -1 if device.last_step is None else device.last_step
    starts = range(max(0, last + 1, centre - RESYNC_WINDOW), centre + RESYNC_WINDOW)
    step = _consecutive(device, seed, first, second, starts)
    return None if step is None else Found(step, step - centre)


def _consecutive(device: Device, seed: bytes, first: str, second: str, starts: range) -> int | None:
    """The step of `second`; every candidate is compared, in constant time, even after one matched."""
    one, two = _given(device, first), _given(device, second)
    found = None
    before = code_at(seed, starts.start, device.digits, device.algorithm).encode()
    for step in starts:
        after = code_at(seed, step + 1, device.digits, device.algorithm).encode()
        both = hmac.compare_digest(one, before) & hmac.compare_digest(two, after)
        if both and found is None:
            found = step + 1
        before = after
    return found


def _given(device: Device, code: str) -> bytes:
    """The typed code as bytes to compare; text that cannot be a code becomes a code that no key shows."""
    code = typed(code)
    wellformed = len(code) == device.digits and code.isascii() and code.isdigit()
    return (code if wellformed else "-" * device.digits).encode()


def base32(seed: bytes) -> str:
    """The seed as people copy it into an application, without padding."""
    return base64.b32encode(seed).decode().rstrip("=")


def provisioning_uri(device: Device, seed: bytes, sigle: str) -> str:
    """The `otpauth://` address that a QR code carries."""
    values: dict[str, str | int] = {
        "secret": base32(seed),
        "issuer": "Guichet",
        "digits": device.digits,
        "algorithm": device.algorithm.upper(),
    }
    last = -1 if device.last_step is None else device.last_step
    values |= {"period": PERIOD} if device.kind == "totp" else {"counter": last + 1}
    return f"otpauth://{device.kind}/Guichet:{quote(sigle)}?{urlencode(values)}"
