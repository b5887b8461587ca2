"""What mail programs show: five messages in Chromium, light, dark and on a small screen.

With TEST_SCREENSHOTS=1, they are left in `test-output/mail-*.png`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from harness.chromium import check_page
from harness.places import ROOT

from charters.mail_texts import MailTexts
from ticketing.mail import outbox, rendering, wording
from ticketing.tickets import rendering as pages

TEXTS = MailTexts([ROOT / "templates"])
SETTINGS: Any = SimpleNamespace(
    mail_texts=TEXTS,
    words_html=pages.render,
    base_url="https://guichet.example",
    takes_mail=lambda: True,
    close_days=10,
)
TICKET = {
    "number": 12,
    "title": "L’imprimante de la salle 12 n’imprime plus " + "d’un_nom_sans_aucun_blanc_" * 3,
    "etablissement_name": "Collège Desaix",
    "etablissement_commune": "Tarbes",
    "service_label": "Équipement bureautique",
    "activity_label": "Maintenance",
    "holder_name": "Département des Hautes-Pyrénées",
    "assignee_name": "Ana Brun",
    "opened_at": datetime(2026, 11, 17, 9, 0, tzinfo=UTC),
    "due_at": datetime(2026, 11, 20, 16, 0, tzinfo=UTC),
}
CLAUSE = {"document": "", "ref": "II.2", "quote": "Le Département assure la maintenance.", "reading": "les postes"}
WORDS = (
    "Avez-vous essayé avec **un autre câble** ? Voyez https://exemple.fr/aide, puis :\n\n"
    "- l’inventaire ;\n- l’écran.\n\n"
    "```\nping -c 3 serveur.college-desaix.example.une-adresse-bien-longue-qui-ne-tient-pas.example\n```\n\n"
    "| salle | poste | inventaire | système |\n|---|---|---|---|\n| 12 | imprimante-reseau-1 | 65-0012-AB | Linux |\n"
)
SHOWN = ("opened", "question", "resolved", "handed_on", "letter")


def html(kind: str) -> str:
    if kind == "letter":
        recorded = (ROOT / "tests/cases/mail/letter-campaign-opened.txt").read_bytes().decode("utf-8")
        head, _, body = recorded.partition("\n\n")
        return rendering.letter(head.removeprefix("Objet : "), body, SETTINGS).html
    reason = wording.Reason("L’article II.2 confie au Département la maintenance des postes.", (CLAUSE,))
    happening = wording.Happening(TICKET, 7, kind, WORDS, reason, 3, False, "https://guichet.example")
    said = wording.said(happening, TEXTS)
    row = SimpleNamespace(kind=kind, ticket_id=12, reader=outbox.REQUESTER, subject=said["subject"], body="")
    return rendering.notice(row, said["data"], SETTINGS).html


@pytest.mark.browser
@pytest.mark.parametrize("kind", SHOWN)
def test_a_mail_is_readable_in_light_in_dark_and_on_a_small_screen(kind: str, browser_page: Any) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        for width in (800, 360):
            browser_page.set_viewport_size({"width": width, "height": 800})
            browser_page.emulate_media(color_scheme=scheme)
            browser_page.set_content(html(kind))
            check_page(browser_page, f"mail-{kind}-{scheme}-{width}")
            assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
        grounds.add(browser_page.evaluate("getComputedStyle(document.querySelector('.g-card')).backgroundColor"))
    assert len(grounds) == 2
