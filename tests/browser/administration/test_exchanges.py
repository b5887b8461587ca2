"""The pages of the exchange with other tools in a real browser: axe, both widths, from a profile to its trial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness import cast as cast_module
from sqlalchemy import update

from charters.database import writing
from ticketing.demo.people import D1
from ticketing.exchange import outgoing, profiles
from ticketing.exchange.outgoing import LINK
from ticketing.exchange.profiles import Form
from ticketing.model import Draft, Facts
from ticketing.tickets import desk


def _followed(app: Any, actor_as: Callable[[str], Any]) -> int:
    """Make a profile in service and a ticket that it follows, with a difference to look at; return its id."""
    now, admin = datetime.now(UTC), actor_as("a.admin")
    made = profiles.save(admin, Form(organisation=D1, kind="glpi", address="glpi@departement.example"), now)
    profiles.tried(admin, made, now)
    profiles.switch(admin, made, True, now)
    about = {"etablissement": "desaix-tarbes", "service": "equipement-bureautique", "activity": "mco"}
    facts = Facts(user_category="cdi", acquired_by="departement")
    desk.open_ticket(actor_as("c11.cmi"), Draft(title="Poste", body="Noir", facts=facts, **about), [], now)
    outgoing.follow(now)
    with writing() as session:
        session.execute(update(LINK).values(drift="Messages jamais reçus : 2", their_number="77"))
    return made


def test_the_pages_pass_axe_and_fit(
    app: Any, live: Any, cast: Any, actor_as: Callable[[str], Any], browser_page: Any, axe: Callable[[Any, str], None]
) -> None:
    from ticketing.web import guards

    with live.app.test_request_context():
        name = guards.cookie_name()
    with live.app.app_context():
        made = _followed(app, actor_as)
        token = cast_module.new_session(cast["a.admin"])
    browser_page.context.add_cookies([{"name": name, "value": token, "url": live.url}])
    base = f"{live.url}/administration/echanges"
    for width in (1280, 320):
        browser_page.set_viewport_size({"width": width, "height": 900})
        for address, said in (("", "liste"), ("/nouveau", "formulaire"), (f"/{made}", "profil")):
            browser_page.goto(base + address)
            axe(browser_page, f"exchanges-{said}-{width}")
            assert browser_page.evaluate("document.documentElement.scrollWidth") <= width
    browser_page.click("form[action$='/essayer#essai'] button")
    assert "Guichet n° 999999999, message 1" in browser_page.inner_text("main")
    axe(browser_page, "exchanges-essai-320")
    assert browser_page.evaluate("document.documentElement.scrollWidth") <= 320
