"""Test thumbnails on the page of a ticket: shown to those who read the file, to nobody else (PER-04)."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from harness.http import post
from PIL import Image

from charters.database import db
from ticketing.tables import Attachment

GOOD = {
    "title": "L’imprimante n’imprime plus",
    "service": "equipement-bureautique",
    "activity": "mco",
    "user_category": "professeurs",
    "etape": "envoyer",
    "token": "jeton-de-vignette",
}


def picture() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (900, 600), (10, 120, 60)).save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture
def address(app: Any, client_as: Any) -> str:
    """Return the address of the thumbnail of a photo that came with a ticket of C11, which the Département holds."""
    files = [(io.BytesIO(picture()), "écran.png"), (io.BytesIO(b"notes"), "notes.txt")]
    sent = post(client_as("c11.cmi"), "/tickets/nouveau", {**GOOD, "files": files}, content_type="multipart/form-data")
    page = client_as("c11.cmi").get(sent.location).text
    found = re.findall(r'<img class="vignette" src="([^"]+)"', page)
    assert len(found) == 1, "the text has none"
    return str(found[0])


def test_a_thumbnail_is_small_and_inert_and_the_original_stays_a_download(client_as: Any, address: str) -> None:
    client = client_as("d1.agent")
    small = client.get(address)
    assert small.status_code == 200 and small.content_type == "image/webp"
    assert Image.open(io.BytesIO(small.data)).size == (320, 213)
    assert small.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in small.headers["Content-Security-Policy"]
    assert small.headers["Cache-Control"] == "private, no-cache"
    whole = client.get(address.removesuffix("/vignette"))
    assert whole.data == picture() and whole.headers["Content-Disposition"].startswith("attachment")


def test_nobody_outside_the_perimeter_sees_it(app: Any, client_as: Any, address: str) -> None:
    assert client_as("d1.agent").get(address).status_code == 200  # made, and kept beside the file
    for sigle in ("c12.cmi", "d2.agent", "c11.reseau", "a.lecture", "a.admin"):
        client = client_as(sigle)
        for method in (client.get, client.head):
            answer = method(address, headers={"If-None-Match": f'"v-{address.split("/")[-2]}"'})
            assert answer.status_code == 404 and "ETag" not in answer.headers
    other = address.replace(re.search(r"/tickets/(\d+)", address)[1], "999999")  # type: ignore[index]
    assert client_as("d1.agent").get(other).status_code == 404


@pytest.mark.parametrize("value", [{"visibility": "masked"}, {"quarantine": "virus"}, {"content_type": "text/plain"}])
def test_what_may_no_longer_be_read_has_none(app: Any, client_as: Any, address: str, value: dict[str, str]) -> None:
    with app.app_context():
        db.session.query(Attachment).update(value)
        db.session.commit()
    assert client_as("c11.cmi").get(address).status_code == 404
