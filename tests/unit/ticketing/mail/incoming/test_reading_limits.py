"""The worst mails of 25 MB are read in under 5 s of processor and 200 MB of memory, each in a process of its own."""

from __future__ import annotations

import base64
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import odd_mails
from harness.places import ROOT

SIZE = 25 * 1024 * 1024
HEAD = b"From: a@b.example\nSubject: Lourd\nMIME-Version: 1.0\n"
SECONDS, MEGABYTES = 5, 200
CHILD = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS + 1}))
from ticketing.mail.incoming.reading import read
mail = read(open(sys.argv[1], "rb").read())
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(int(peak) // 1024, sum(len(one.content) for one in mail.attachments), len(mail.text))
"""


def photo() -> bytes:
    return base64.encodebytes(random.Random(1).randbytes(SIZE * 73 // 100))


def nested() -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (at, at) for at in range(14))
    return HEAD + levels + b"\n" + b"--b0x\n" * (SIZE // 6)


def winmail() -> bytes:
    begun = odd_mails._object(2, 0x9002, 6, bytes(14))
    held = odd_mails._object(2, 0x800F, 6, random.Random(1).randbytes(SIZE * 72 // 100))
    return (
        HEAD
        + b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(odd_mails.winmail("text") + begun * 1000 + held)
    )


MAILS: dict[str, tuple[Callable[[], bytes], int]] = {
    "a photo": (lambda: HEAD + b"Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n" + photo(), SIZE // 2),
    "a photo pasted": (
        lambda: HEAD + b"Content-Type: text/html\n\n<img src='data:image/png;base64," + photo(),
        SIZE // 2,
    ),
    "winmail": (winmail, 0),
    "short lines": (lambda: HEAD + b"\n" + b"a\n" * (SIZE // 2), SIZE // 2),
    "many parts": (lambda: HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\na\n" * (SIZE // 7), 0),
    "nested": (nested, 0),
    "deep page": (lambda: HEAD + b"Content-Type: text/html\n\n" + b"<ul><li>" * (SIZE // 8), 0),
    "forwarded": (lambda: HEAD + b"Content-Type: message/rfc822\n\n" * 20 + b"a\n" * (SIZE // 2), SIZE // 2),
    "quoted-printable": (
        lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=C3=A9= \n" * (SIZE // 9),
        0,
    ),
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read in /proc")
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_of_25_megabytes_is_read_within_bounds(name: str, tmp_path: Path):
    make, held = MAILS[name]
    path = tmp_path / "mail.eml"
    path.write_bytes(make())
    assert path.stat().st_size > SIZE * 0.95
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    path.unlink()
    assert done.returncode == 0, done.stderr[-2000:]
    peak, kept, shown = map(int, done.stdout.split())
    assert peak < MEGABYTES
    assert kept >= held and shown < 110_000
