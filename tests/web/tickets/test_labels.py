"""Test the label of a thing: its QR code opens the form of the établissement, filled in, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
import segno

PAGE = "/tickets/etiquette"
THING = {"service": "equipement-bureautique", "asset": "PC-VS-02 & cie", "tag": "INV 7", "room": "Salle é12"}


def test_the_code_opens_the_form_filled_in(client_as: Any) -> None:
    client = client_as("c11.cmi")
    page = client.get(PAGE, query_string=THING).text
    address = re.search(r'<a href="(http[^"]+)">Essayer', page)[1].replace("&amp;", "&")  # type: ignore[index]
    assert segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2) in page.replace("&#39;", "'")
    form = client.get(address[address.index("/tickets") :]).text
    assert 'value="PC-VS-02 &amp; cie"' in form and 'value="INV 7"' in form and 'value="Salle é12"' in form
    assert re.search(r'value="equipement-bureautique" checked', form) and re.search(r'value="mco" checked', form)


def test_from_another_etablissement_it_opens_no_ticket_there(client_as: Any) -> None:
    page = client_as("c11.cmi").get(PAGE, query_string=THING).text
    address = re.search(r'<a href="(http[^"]+)">Essayer', page)[1].replace("&amp;", "&")  # type: ignore[index]
    form = client_as("c12.cmi").get(address[address.index("/tickets") :]).text
    assert "Ce lien est celui d’un autre établissement" in form


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"service": "equipement-bureautique"},
        {"asset": "PC"},
        {"service": "rien", "asset": "PC"},
        {"service": "equipement-bureautique", "asset": "\x00 \u202e"},
        {"service": ["ent", "autre"], "asset": "<script>" * 2},
        {"service": "equipement-bureautique", **dict.fromkeys(("asset", "tag", "room"), "é" * 500)},
    ],
)
def test_whatever_is_asked_the_page_answers(client_as: Any, query: dict[str, Any]) -> None:
    answer = client_as("c11.cmi").get(PAGE, query_string=query)
    assert answer.status_code == 200 and "<script>&" not in answer.text and "<script><script>" not in answer.text


@pytest.mark.parametrize("sigle", ["d1.agent", "a.admin", "c11.chef", "a.lecture"])
def test_who_opens_no_ticket_makes_no_label(client_as: Any, sigle: str) -> None:
    assert client_as(sigle).get(PAGE, query_string=THING).status_code == 404


def test_what_no_code_can_hold_is_said_at_the_field(client_as: Any) -> None:
    """An emoji takes twelve letters of an address: a label full of them was an error of the server."""
    smiles = dict.fromkeys(("asset", "tag", "room"), "😀" * 100)
    answer = client_as("c11.cmi").get(PAGE, query_string={"service": "equipement-bureautique", **smiles})
    assert answer.status_code == 200 and "trop long pour un code QR" in answer.text and "data:image" not in answer.text
