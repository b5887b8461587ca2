"""A référent sets the hours of its side, on a screen and on a telephone; the ticket's bar then counts in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from harness import cast as cast_module

from charters.days import today
from ticketing.hours import promising
from ticketing.hours.shapes import DAYS
from ticketing.model import Draft, Facts, HandOnReason
from ticketing.tickets import desk


def _ticket(actor_as: Callable[[str], Any]) -> int:
    now = datetime.now(UTC) - timedelta(days=6)
    about = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
    draft = Draft(title="Écran noir", body="En salle 204.", facts=Facts(user_category="professeurs"), **about)
    number = desk.open_ticket(actor_as("c11.cmi"), draft, [], now)
    agent, later = actor_as("d1.agent"), now + timedelta(days=1)
    desk.take_charge(agent, number, 1, later)
    desk.hold(agent, number, 2, "attente-piece", "Un câble est commandé.", later + timedelta(hours=4))
    desk.resume(agent, number, 3, later + timedelta(days=2))
    desk.hand_on(agent, number, 4, "academie", HandOnReason.OTHER, "À voir chez vous.", later + timedelta(days=3))
    return number


def test_hours_are_set_and_the_bar_counts_in_them(
    live: Any, cast: Any, actor_as: Callable[[str], Any], browser_page: Any, axe: Callable[[Any, str], None]
) -> None:
    from ticketing.web import guards

    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        number = _ticket(actor_as)
        token = cast_module.new_session(cast["d1.ref"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    browser_page.goto(f"{live.url}/horaires")
    axe(browser_page, "hours-1280")
    for day in DAYS[:5]:
        for rank, time in enumerate(("08:30", "12:30", "13:30", "17:00"), 1):
            browser_page.fill(f"#f-{day}_{rank}", time)
    browser_page.keyboard.press("Enter")  # from the last time, without the mouse
    browser_page.wait_for_selector("text=en vigueur")
    since = today(datetime.now(UTC))
    assert str(since.year) in browser_page.inner_text("#connus")
    for width in (1280, 360):
        browser_page.set_viewport_size({"width": width, "height": 900})
        for address, said in (("/horaires", "set"), (f"/tickets/{number}", "ball")):
            browser_page.goto(live.url + address)
            axe(browser_page, f"hours-{said}-{width}")
            assert browser_page.locator("nav.nav").bounding_box()["height"] < 50, "a référent's pages in one line"
            there = browser_page.get_by_role("link", name="Consultations", exact=True)
            if width == 360:
                assert not there.is_visible()
                browser_page.locator(".nav-more > summary").focus()
                browser_page.keyboard.press("Enter")
            assert there.is_visible()
    assert "de ses heures" in browser_page.inner_text(".ball")
    _promise_by_urgency(live, actor_as)
    with live.app.app_context():
        token = cast_module.new_session(cast["c11.cmi"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    asked = "service=equipement-bureautique&activity=mco&user_category=professeurs"
    browser_page.goto(f"{live.url}/tickets/nouveau?{asked}")
    browser_page.wait_for_selector("text=première réponse sous 4")
    browser_page.check("input[name=urgency][value='1']", force=True)
    browser_page.wait_for_selector("text=première réponse sous 1")
    axe(browser_page, "hours-promised-360")


def _promise_by_urgency(live: Any, actor_as: Callable[[str], Any]) -> None:
    """Promise a first answer in four hours, in one where nobody can work."""
    with live.app.app_context():
        now, since = datetime.now(UTC), today(datetime.now(UTC)).isoformat()
        for urgency, answer in (("", "4"), ("1", "1")):
            promising.promise(actor_as("d1.ref"), {"urgency": urgency, "answer": answer, "from": since}, now)
