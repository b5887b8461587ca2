"""Shoot the images of the guides from a demonstration that is being served, and keep each small.

    ./run demo --reset          # in another terminal
    .venv/bin/python .ci/guide_images.py http://127.0.0.1:8000

The images land in docs/images, in 64 colours. Codes come from `guichet otp`, in the environment of the demonstration:
`GUICHET_DATA_DIR` where it is not the usual one. Names given after the address shoot those images alone.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS = 64
WIDE, TELEPHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
MARGIN = 20
PIN = "73-guichet"
PEOPLE = (
    "Nom;Prénom;Société;Mail;Fonction;Sigle;Rôle;Périmètre\n"
    "Durand;Paule;Collège Desaix;paule@guichet.example;Professeure;p.durand;cmi;desaix-tarbes\n"
    "Martin;Jean;Collège Desaix;jean@guichet.example;Agent;;gestionnaire réseau;Collège Desai Tarbes\n"
)
REPLY = (
    "Prise de gauche : C12-04. Prise de droite : C12-05.\n\n-- \nThomas Escalère\n\n"
    "Le 28 novembre 2026, Guichet a écrit :\n> Quel est le numéro inscrit sur chaque prise ?\n"
)
MAILED = ".event:has-text('par courriel')"


def opening(page: Page) -> None:
    """A ticket being opened: the subject is taken, and the decision shows with its clause."""
    page.goto("/tickets/nouveau")
    page.get_by_label("Que se passe-t-il ?").fill("L’imprimante du CDI n’imprime plus")
    page.click("[data-offer][value='prendre equipement-bureautique mco']")
    page.locator("[data-question=usage]").get_by_label("Une classe").check()
    page.locator("#decision .decision-or").wait_for(state="detached")
    page.evaluate("window.scrollTo(0, 0)")


def ticket(page: Page) -> None:
    """The ticket that waits for an answer of its requester."""
    _ticket_of(page, "prises réseau mortes")


def by_mail(page: Page) -> None:
    """An answer that came by mail, with the history below it unfolded; the demonstration's mailbox sends it."""
    page.goto("/courriels?repondre=")
    page.locator("#ecrire").evaluate("one => { one.open = true }")
    asked = page.locator("[name=to] option", has_text="Question").first
    page.select_option("[name=to]", asked.get_attribute("value"))
    page.fill("[name=text]", REPLY)
    page.get_by_role("button", name="Envoyer", exact=True).click()
    page.wait_for_selector("text=Votre courriel est arrivé")
    _ticket_of(page, "prises réseau mortes")
    page.locator(MAILED).last.locator("details").last.evaluate("one => { one.open = true }")


def choices(page: Page) -> None:
    """Which mails come, and when."""
    page.goto("/compte/avis")


def home(page: Page) -> None:
    """What an installation still lacks, on an administrator's home."""
    page.goto("/")


def verdicts(page: Page) -> None:
    """A list of people read before it is written: one line is refused."""
    page.goto("/administration/comptes/import")
    body = {"name": "gens.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}
    page.set_input_files("input[type=file]", body)  # type: ignore[arg-type]
    page.get_by_role("button", name="Lire la liste").click()
    page.wait_for_selector("text=Des lignes sont refusées")


def queue(page: Page) -> None:
    """A queue with two tickets ticked, and the bar that acts on them."""
    page.goto("/tickets")
    for rank in (0, 1):
        page.locator(".queue-pick input").nth(rank).check()


def search(page: Page) -> None:
    """A search with its filters in words."""
    page.goto("/tickets?q=imprimante college:desaix depuis:mois")


def grid(page: Page) -> None:
    """« Qui fait quoi », searched by an everyday word."""
    page.goto("/qui-fait-quoi")
    page.fill("[name=q]", "imprimante")
    page.press("[name=q]", "Enter")
    page.wait_for_selector("text=services pour")
    page.locator("form.grid-search").evaluate("one => window.scrollTo(0, one.offsetTop - 12)")


def articles(page: Page) -> None:
    """The articles that a correspondant reads."""
    page.goto("/articles?q=imprimente")


def menu(page: Page) -> None:
    """The menu of a référent on a telephone, unfolded."""
    page.goto("/tickets")
    page.click(".nav-more > summary")


def _ticket_of(page: Page, words: str) -> None:
    page.goto(f"/tickets?q={words}")
    page.locator("a.queue-title").first.click()
    page.wait_for_selector(".ticket, .status")


#: Name of an image -> whose page it is, its size, what leads there, and the part of the page shown (None: the window).
SHOTS: dict[str, tuple[str, dict[str, int], Callable[[Page], None], str | None]] = {
    "ouverture": ("c11.cmi", WIDE, opening, None),
    "suivre": ("c11.cmi", WIDE, ticket, None),
    "suivre-telephone": ("c11.cmi", TELEPHONE, ticket, None),
    "ticket-par-courriel": ("c11.cmi", WIDE, by_mail, MAILED),
    "mes-courriels": ("c11.cmi", {"width": 760, "height": 840}, choices, None),
    "articles": ("c11.cmi", {"width": 1280, "height": 560}, articles, None),
    "qui-fait-quoi": ("c11.cmi", {"width": 1280, "height": 760}, grid, None),
    "premier-jour": ("a.admin", WIDE, home, None),
    "verdicts": ("a.admin", {"width": 1280, "height": 800}, verdicts, None),
    "file": ("d1.agent", {"width": 1280, "height": 640}, queue, None),
    "recherche": ("d1.agent", {"width": 1280, "height": 420}, search, None),
    "menu-telephone": ("d1.ref", TELEPHONE, menu, None),
}


def entered(browser: Browser, address: str, sigle: str, size: dict[str, int]) -> Page:
    """Return a page on which a person of the demonstration is logged in."""
    context = browser.new_context(base_url=address, viewport=size, locale="fr-FR", color_scheme="light")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/connexion")
    page.fill("[name=sigle]", sigle)
    page.fill("[name=pin]", PIN)
    page.fill("[name=code]", _code(sigle))
    page.press("[name=code]", "Enter")
    page.wait_for_url(lambda url: "/connexion" not in url)
    return page


def _code(sigle: str) -> str:
    command = [sys.executable, "-c", "from ticketing.commands.cli import main; main()", "otp", sigle]
    environment = {"GUICHET_DEMO": "1", "GUICHET_LOG_LEVEL": "ERROR"} | os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return done.stdout.split()[0]


def kept(name: str, shot: bytes) -> int:
    """Write an image in few colours, and return its size in bytes."""
    image = Image.open(io.BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = IMAGES / f"{name}.png"
    image.save(path, optimize=True)
    return path.stat().st_size


def around(page: Page, part: str) -> bytes:
    """Return the picture of a part of a page with a margin, so that nothing at its edge is cut."""
    page.locator(part).last.scroll_into_view_if_needed()
    box = page.locator(part).last.bounding_box()
    assert box is not None
    left, top = max(0, box["x"] - MARGIN), max(0, box["y"] - MARGIN)
    clip = {"x": left, "y": top, "width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN}
    return page.screenshot(clip=clip)  # type: ignore[arg-type]


def main(address: str, *names: str) -> None:
    """Shoot the images named, or all of them; each person logs in once."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    pages: dict[str, Any] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        for name in names or SHOTS:
            sigle, size, led, part = SHOTS[name]
            page = pages.get(sigle) or pages.setdefault(sigle, entered(browser, address, sigle, size))
            page.set_viewport_size(size)
            led(page)
            page.evaluate("document.fonts.ready.then(() => null)")
            print(f"{name}: {kept(name, around(page, part) if part else page.screenshot()) // 1024} ko")


if __name__ == "__main__":
    main(*sys.argv[1:])
