"""Rate limits of requests: by address for what an anonymous person may send, by account for costly pages.

A refusal is 429 with Retry-After and a sentence. It comes before the sigle is looked up, so it is the same for a known
sigle and an unknown one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, make_response, render_template, request

from ticketing.operation import limits
from ticketing.web import peers

View = TypeVar("View", bound=Callable[..., Any])

#: The endpoints to which people who are not logged in send forms: logins of any kind, and help after a failure.
ANONYMOUS = frozenset(
    {
        "access.enter",
        "access.activate",
        "other_ways.challenge",
        "other_ways.enter_with_key",
        "other_ways.registration",
        "other_ways.enter_with_password",
        "other_ways.choose_password",
        "other_ways.resynchronise",
        "other_ways.ask",
        "other_ways.choose_pin",
        "corrections.confirm_mail",
        "following.answer_mail",
    }
)
#: Endpoints that are costly to answer -> the kind of limit they fall under.
COSTLY = {
    "figures.csv_file": "export",
    "questions.csv_file": "export",
    "fact_exports.take": "export",
    "committee_packs.file": "export",
    "committee_packs.ask": "replay",
    "comparing.csv_file": "export",
    "administration.export_journal": "export",
    "campaign.roster_file": "export",
    "consulting.export": "export",
    "registers.export": "export",
    "personal_data.take": "export",
    "personal_data.take_own": "export",
    "sheets.download": "export",
    "replays.show": "replay",
    "replays.csv_file": "replay",
    "replays.tickets": "replay",
    "sheets.send": "sheet",
    "sheets.settle": "sheet",
    "stock.bring_in": "sheet",
    "bringing_people.model": "export",
    "bringing_people.send": "sheet",
    "bringing_people.confirm": "sheet",
    "bringing_places.send": "sheet",
    "bringing_places.take": "sheet",
    "invitations.send": "sheet",
}
TITLE = "Trop de demandes en peu de temps"
#: The key of the application's own limiter in `app.extensions`.
LIMITER = "guichet.limiter"


def install(app: Flask, settings: Any) -> None:
    """Count anonymous forms by address, with the operator's `settings`.

    The count comes after the CSRF check, which costs nothing.
    """
    app.extensions[LIMITER] = limits.Limiter(settings.login_tries, settings.secret_key)
    app.before_request(_anonymous)


def limited(kind: str) -> Callable[[View], View]:
    """Count the requests of a view by account, under a kind of `limits.RULES`: for exports and other costly pages."""

    def mark(view: View) -> View:
        view.guichet_limit = kind  # type: ignore[attr-defined]
        return view

    return mark


def costly(endpoint: str) -> str | None:
    """Return the kind of limit under which an endpoint falls, or None where its requests are not counted."""
    return COSTLY.get(endpoint) or getattr(current_app.view_functions.get(endpoint), "guichet_limit", None)


def member() -> Response | None:
    """Count a costly request of a logged-in person who may make it; return the refusal (429) over the limit, else None.

    A HEAD costs as much as its GET, since the page is made and only not sent: it is counted too.
    """
    kind = costly(request.endpoint or "")
    if kind is None or request.method == "OPTIONS":
        return None
    return refused(kind)


def refused(kind: str) -> Response | None:
    """Count a request of the logged-in person under `kind`; return the refusal over the limit, else None."""
    wait = _limiter().spend(kind, f"account {g.actor.account_id}", g.now, actor=g.actor, zone=g.actor.zone)
    return _refusal(kind, wait) if wait else None


def by_address(kind: str) -> Response | None:
    """Count a request that anybody may send under `kind`, by its address; return the refusal over the limit."""
    wait = _limiter().spend(kind, peers.client(), g.now, zone=peers.zone())
    return _refusal(kind, wait) if wait else None


def _limiter() -> limits.Limiter:
    found: limits.Limiter = current_app.extensions[LIMITER]
    return found


def _anonymous() -> Response | None:
    if request.method != "POST" or request.endpoint not in ANONYMOUS:
        return None
    wait = _limiter().spend(limits.LOGIN, peers.client(), g.now, zone=peers.zone())
    return _refusal(limits.LOGIN, wait) if wait else None


def _refusal(kind: str, wait: int) -> Response:
    text = f"{_limiter().rule(kind).sentence} Recommencez {_when(wait)}."
    response = make_response(render_template("errors/error.html", code=429, title=TITLE, text=text), 429)
    response.headers["Retry-After"] = str(wait)
    return response


def _when(wait: int) -> str:
    minutes = -(-wait // 60)
    return f"dans {minutes} minutes" if minutes > 1 else "dans une minute"
