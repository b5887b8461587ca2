"""Guards of the pages: each blueprint declares who may ask for its pages, even « public », and a view may differ.

public: anyone · entering: logged in, charters perhaps unsigned · member: logged in and signed · an Action: a member
whose active mandate grants it (else 404: what a person may not see is answered as absent).

The network zone is computed at every request, from the socket's peer or from exactly the configured number of proxies.
Every refusal (403, 404) to somebody logged in leaves one line in the journal.

Nothing is decided before the body of the request has come in whole (`bodies`), and what the guard decided is asked
again under the lock of every write (`standing`): who has lost it in between gets the guard's answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as Answer

from charters import days, gate, visits
from charters.database import end_reading, read_only
from charters.entry import sessions
from charters.journal import audit
from charters.model import Actor
from charters.outages import is_outage
from charters.permissions import Action, perimeter
from ticketing.web import limiting
from ticketing.web.peers import zone, zone_of
from ticketing.web.waiting.standing import Kind, Standing

__all__ = ["allow", "guard", "guard_of", "requires", "today", "zone", "zone_of"]

View = TypeVar("View", bound=Callable[..., Any])

LARGEST_ID = 2**31 - 1
READS = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(blueprint: Blueprint, kind: Kind) -> None:
    """Declare who may ask for the pages of `blueprint`; `requires` sets another guard on a single view."""
    blueprint.guichet_guard = kind  # type: ignore[attr-defined]
    blueprint.before_request(lambda: _check(kind))


def requires(kind: Kind) -> Callable[[View], View]:
    """Give a view its own guard, in place of its blueprint's."""

    def mark(view: View) -> View:
        view.guichet_guard = kind  # type: ignore[attr-defined]
        return view

    return mark


def unattended(view: View) -> View:
    """Mark a view that an open page asks by itself: it does not keep the session alive, since nobody may be there."""
    view.guichet_unattended = True  # type: ignore[attr-defined]
    return view


def guard_of(app: Flask, endpoint: str) -> Kind | None:
    """Return the guard of an endpoint, or None when nobody declared one (a test refuses that)."""
    own = getattr(app.view_functions[endpoint], "guichet_guard", None)
    if own is not None:
        return cast(Kind, own)
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    return cast("Kind | None", getattr(blueprint, "guichet_guard", None))


def cookie_name() -> str:
    """Return the name of the login cookie, which is bound to the host where the site is served over TLS."""
    return "__Host-guichet" if current_app.config["GUICHET"].https else "guichet"


def set_login_cookie(response: Answer, token: str) -> None:
    """Set the cookie of the session's token; it lasts as long as the browser; the server ends the session sooner."""
    secure = current_app.config["GUICHET"].https
    response.set_cookie(cookie_name(), token, httponly=True, secure=secure, samesite="Lax", path="/")


def drop_login_cookie(response: Answer) -> None:
    """Delete the token's cookie in the browser (the server has closed the session itself)."""
    secure = current_app.config["GUICHET"].https
    response.delete_cookie(cookie_name(), httponly=True, secure=secure, samesite="Lax", path="/")


def today() -> date:
    """Return the day of the current request in Paris."""
    return days.today(g.now)


def allow(action: Action) -> None:
    """Abort with 403 unless the active mandate grants `action`; for views of what the reader may see already."""
    actor: Actor | None = g.get("actor")
    if actor is None or not gate.permits(actor, action).allowed:
        abort(403)


class Member:
    """The person whom the request's cookie identifies, as Flask-Login hands it around."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, login: sessions.Login) -> None:
        self.login = login

    def get_id(self) -> str:
        """Return the account's id as text, as Flask-Login requires."""
        return str(self.login.actor.account_id)


def install(app: Flask) -> None:
    """Install Flask-Login over Guichet's own sessions, the transaction of each request, and the journal of refusals."""
    manager = LoginManager(app)
    manager.session_protection = None  # the login is a row of the database, not in Flask's signed cookie
    manager.request_loader(_load)
    # No login is remembered; the hook for it would make every answer vary by cookie, even static files.
    app.after_request_funcs[None].remove(manager._update_remember_cookie)
    app.before_request_funcs.setdefault(None, []).insert(0, _begin)
    app.after_request(_journal_refusal)
    app.teardown_request(_end)


def _begin() -> None:
    """Begin each request with a read transaction, even for a POST: a use case that writes takes the write lock."""
    read_only()
    visits.begin(_clock)
    forget()


def _end(error: BaseException | None) -> None:
    visits.end()
    read_only(False)


def _clock() -> datetime:
    return datetime.now(UTC)


def forget() -> None:
    """Read the clock, and forget who was read before: what follows is decided on what is read from now on."""
    g.now = _clock()
    g.actor, g.login, g.mandates, g.session_ends, g.standing = None, None, (), None, None
    g.pop("_login_user", None)  # where Flask-Login keeps whom it read
    end_reading()


def _load(_request: Any) -> Member | None:
    token = request.cookies.get(cookie_name())
    if not token or len(token) > 100:
        return None
    login = sessions.login_of(token, zone=zone(), now=g.now)
    return Member(login) if login else None


def _check(blueprint_kind: Kind) -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    kind: Kind = getattr(view, "guichet_guard", None) or blueprint_kind
    if kind == "public":
        return None
    sent = _kept() or _let_in(kind) or limiting.member()
    if sent is None:
        g.standing = Standing(g.login, kind, _clock)
        visits.watch(g.standing)
    return sent


#: Where the application keeps what answers a form whose session has lapsed (`access.resuming`).
LAPSED = "guichet.lapsed"


def _kept() -> ResponseReturnValue | None:
    """Return the page that keeps a form sent after its session had ended, None for any other request."""
    by_hand = "X-CSRFToken" not in request.headers and "X-Requested-With" not in request.headers
    if request.method != "POST" or not by_hand or not request.cookies.get(cookie_name()) or identify() is not None:
        return None
    keep: Callable[[], ResponseReturnValue | None] = current_app.extensions[LAPSED]
    return keep()


def changed_meanwhile() -> ResponseReturnValue | None:
    """Return the guard's answer to a person whose standing changed under way, None if the page would still open.

    What was read before is read anew, so that the answer's frame shows the mandate that is active now. The journal
    gets a line.
    """
    actor, kind = g.actor, guard_of(current_app, request.endpoint or "")
    visits.watch(None)
    forget()
    details = {"method": request.method, "status": "changed"}
    audit.refusal(actor=actor, subject=_subject(), now=g.now, details=details)
    return _let_in(kind) if kind is not None and kind != "public" else None


def _let_in(kind: Kind) -> ResponseReturnValue | None:
    """Identify the person; return where the guard sends who may not come in. Aborts with 404 for what is not theirs."""
    login = identify()
    if login is None:
        asked = {"suite": request.full_path.rstrip("?")} if request.method in READS else {}
        return redirect(f"/connexion?{urlencode(asked)}" if asked.get("suite", "/") != "/" else "/connexion", 303)
    if not getattr(current_app.view_functions[request.endpoint or ""], "guichet_unattended", False):
        sessions.touch(login, now=g.now)
    if kind != "entering" and login.unsigned:
        return redirect(url_for("signing.charters"), 303)
    if isinstance(kind, Action) and not gate.permits(login.actor, kind).allowed:
        abort(404)
    if any(isinstance(value, int) and value > LARGEST_ID for value in (request.view_args or {}).values()):
        abort(404)  # no row has such a number, and no database accepts it
    return None


def identify() -> sessions.Login | None:
    """Return the login of the request's cookie, or None when nobody is logged in.

    Sets `g.login`, `g.actor`, `g.perimeter`, `g.mandates` and `g.session_ends`.
    """
    if not current_user.is_authenticated:
        return None
    login: sessions.Login = current_user.login
    g.login, g.actor, g.perimeter = login, login.actor, perimeter(login.actor)
    g.mandates, g.session_ends = login.mandates, login.expires_at
    return login


def _subject() -> str:
    """Return the address of the request as the journal names it: without the secret that a link holds."""
    rule = request.url_rule.rule if request.url_rule else ""
    return rule if "token" in rule else request.path


def renew() -> sessions.Login | None:
    """Read the login of the request again, after its active mandate has changed."""
    g.pop("_login_user", None)
    return identify()


def _journal_refusal(response: Response) -> Response:
    actor: Actor | None = g.get("actor")
    visits.watch(None)  # a refusal is journalled whatever became of the person's standing
    if response.status_code in (403, 404) and actor is not None and request.endpoint is not None:
        subject = _subject()
        details = {"method": request.method, "status": response.status_code}
        try:
            audit.refusal(actor=actor, subject=subject, now=g.now, details=details)
        except SQLAlchemyError as error:
            if not is_outage(error):
                raise
            current_app.logger.error("refusal not journalled: %s", subject, exc_info=error)
    return response
