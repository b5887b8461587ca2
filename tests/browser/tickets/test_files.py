"""Test the files of a form in a real Chromium: several, pasted, dropped; kept after a refusal, a session, a cut."""

from __future__ import annotations

import re
from typing import Any

from harness.waiting import until

from charters.database import db, writing
from charters.tables.access import WebSession
from ticketing.tables import Attachment

#: How many forms of this tab keep what was typed, beside the keys of drafts kept without a connection.
DRAFTS = "Object.keys(sessionStorage).filter(key => /^guichet:[^:]*:\\d+:/.test(key)).length"

TITLE = "L’imprimante du CDI n’imprime plus"
SEND = ".opening-send button[value=envoyer]"
#: A script that gives the form a file in the way that a paste or a drop does.
GIVEN = """([kind, name, type]) => {
  const held = new DataTransfer();
  held.items.add(new File(["voyant rouge"], name, { type }));
  const form = document.querySelector("form[data-opening]");
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
  (kind === "paste" ? document.querySelector("#f-title") : form).dispatchEvent(event);
}"""


def text(name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": f"contenu de {name}".encode()}


def chosen(page: Any, *names: str) -> None:
    """Wait until exactly these files are in the list and in the field."""
    page.wait_for_function(
        "names => JSON.stringify(Array.from(document.querySelector('[data-files]').files, file => file.name))"
        " === JSON.stringify(names)",
        arg=list(names),
    )
    assert [line.split("\n")[0] for line in page.locator(".chosen li").all_inner_texts()] == list(names)


def start(live: Any, page: Any) -> None:
    page.goto(f"{live.url}/tickets/nouveau")
    page.fill("#f-title", TITLE)
    page.click("[data-offer]")
    page.wait_for_selector(".decision-parties")
    page.click("summary:has-text('Ajouter une photo')")


def test_files_are_added_by_every_way_and_taken_off(live: Any, enter: Any, axe: Any) -> None:
    page = enter("c11.cmi")
    start(live, page)
    page.set_input_files("#f-files", [text("un.txt"), text("deux.txt")])
    chosen(page, "un.txt", "deux.txt")
    page.set_input_files("#f-files", [text("trois.txt")])  # a second choice adds to the first
    page.evaluate(GIVEN, ["drop", "quatre.txt", "text/plain"])
    page.evaluate(GIVEN, ["paste", "note.txt", "text/plain"])
    chosen(page, "un.txt", "deux.txt", "trois.txt", "quatre.txt", "note.txt")
    page.get_by_role("button", name="Retirer deux.txt").press("Enter")
    page.get_by_role("button", name="Retirer note.txt").click()
    chosen(page, "un.txt", "trois.txt", "quatre.txt")
    page.set_viewport_size({"width": 360, "height": 740})
    axe(page, "ouvrir-fichiers-360")
    page.click(SEND)
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    assert "est envoyé" in page.inner_text(".flashes")
    with live.app.app_context():
        assert {one.name for one in db.session.query(Attachment)} == {"un.txt", "trois.txt", "quatre.txt"}
    page.goto(f"{live.url}/tickets/nouveau")
    page.wait_for_load_state("networkidle")
    assert page.locator(".chosen li").count() == 0, "what the server has taken is kept no longer"
    assert page.evaluate(DRAFTS) == 0


def test_what_was_chosen_outlives_a_refusal_a_cut_and_a_session(live: Any, enter: Any) -> None:
    page = enter("c11.cmi")
    start(live, page)
    page.set_input_files("#f-files", [text("photo.txt"), {"name": "x.exe", "mimeType": "", "buffer": b"MZ"}])
    page.click(SEND)
    page.wait_for_selector("#f-files-error")  # refused: the page comes back with the words and the files
    assert page.input_value("#f-title") == TITLE
    chosen(page, "photo.txt", "x.exe")
    assert not page.is_visible("[data-files-lost]")
    page.get_by_role("button", name="Retirer x.exe").click()
    page.context.set_offline(True)
    page.click(SEND)
    page.wait_for_selector("text=La connexion s’est coupée")
    page.context.set_offline(False)
    with live.app.app_context(), writing():
        db.session.query(WebSession).delete()
    page.click(SEND)
    page.wait_for_url(re.compile("/connexion"))
    enter("c11.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    chosen(page, "photo.txt")
    assert page.input_value("#f-title") == TITLE
    page.wait_for_selector(".decision-parties")
    page.click(SEND)
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    page.fill("#f-commenter-texte", "Elle bourre.")
    page.set_input_files("#f-commenter-fichiers", [text("bourrage.txt")])
    page.click("text=Publier le commentaire")
    page.wait_for_selector(".event-comment:has-text('bourrage.txt')")
    assert page.input_value("#f-commenter-texte") == ""


def test_security_what_somebody_had_chosen_goes_when_somebody_else_comes(live: Any, enter: Any) -> None:
    """On a shared device a session that lapses closes nothing: the files lay there, readable, for a day."""
    kept = """() => new Promise((resolve) => {
      const asked = indexedDB.open("guichet-files", 1);
      asked.onsuccess = () => {
        const all = asked.result.transaction("chosen").objectStore("chosen").getAllKeys();
        all.onsuccess = () => { asked.result.close(); resolve(all.result.join(" ")); };
      };
    })"""
    page = enter("c11.cmi")
    start(live, page)
    page.set_input_files("#f-files", [text("photo.txt")])
    chosen(page, "photo.txt")
    until(page, lambda: ":c11.cmi:" in page.evaluate(kept))
    page = enter("c12.cmi")
    page.goto(f"{live.url}/tickets/nouveau")
    until(page, lambda: "c11.cmi" not in page.evaluate(kept))
    assert page.locator(".chosen li").count() == 0
