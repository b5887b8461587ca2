"""A form belongs to the mandate under which it was shown: its token says which, and it is refused under another.

Annexe 6, 2.2: one mandate is active at a time. Two tabs share it, so that a form of the first tab may be sent after the
second tab has changed the mandate. It is then answered by 409, with everything that was typed and the ways out. The
check stands in front of every view that writes; only logging in or out and the choice of the mandate go without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect

from charters import gate
from charters.entry import sessions
from charters.errors import NotFound
from charters.model import Actor
from charters.permissions import Action
from ticketing.web import frame, guards
from ticketing.web.addresses import local
from ticketing.web.cookies import masked_token, unmasked
from ticketing.web.guards import READS
from ticketing.web.mandates import trying

View = TypeVar("View", bound=Callable[..., Any])

#: The endpoint that changes the active mandate: the way out itself.
CHOICE = "access.mandate"
#: The field of a form sent again from the refusal: « envoyer » or « revenir », under the mandate of its token.
AGAIN = "mandat_suite"
#: What is never written into a page again: it is typed anew.
SECRETS = frozenset({"answer", "code", "current", "first", "password", "password_again", "pin", "pin_again", "second"})
SECRETS |= {"secret", "preuve_code", "preuve_password", "preuve_pin"}
#: The fields that the refusal and the proof of identity add; they are not what a person typed.
_OWN = frozenset({"csrf_token", AGAIN, "preuve"})
#: A value without any word: a code of the program, a number, a one-time token.
_CODE = re.compile(r"[a-z0-9_.:/-]*|[A-Za-z0-9_-]{20,}")


class FormTokens(CSRFProtect):  # type: ignore[misc]
    """The CSRF protection, whose tokens say under which mandate the form was shown: « 12.<token> », 0 without one."""

    def init_app(self, app: Flask) -> None:
        """Install the check of tokens on `app`, and give the templates `csrf_token()`."""
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = token
        app.context_processor(lambda: {"csrf_token": token})

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        mandate, dot, rest = (sent or "").partition(".")
        if not dot or not (mandate.isascii() and mandate.isdigit() and len(mandate) < 12):
            return None
        g.form_mandate = int(mandate)
        return unmasked(rest)


def token(mandate_id: int | None = None) -> str:
    """Return the token of a form of the current page, for the active mandate, or for the one that is named."""
    return f"{_active(g.get('actor')) if mandate_id is None else mandate_id}.{masked_token()}"


def install(app: Flask) -> None:
    """Check the mandate of each form that is sent, after its token and before its view."""
    app.before_request(_check)


def _active(actor: Actor | None) -> int:
    return actor.mandate.id if actor and actor.mandate else 0


def _check() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if request.method in READS or endpoint is None or endpoint == CHOICE or "form_mandate" not in g:
        return None
    if guards.guard_of(current_app, endpoint) in (None, "public"):
        return None
    login = guards.identify()
    if login is None or g.form_mandate == _active(login.actor):
        return None
    again = request.form.get(AGAIN, "")
    if again in ("envoyer", "revenir") and _returned(login):
        return redirect(_form_page(), 303) if again == "revenir" else None
    sessions.touch(login, now=g.now)
    return _refusal()


def _returned(login: sessions.Login) -> bool:
    """Whether the mandate of the form is the active one again, because its owner asked to return to it."""
    try:
        sessions.choose_mandate(login, g.form_mandate, now=g.now)
    except NotFound:  # it ended meanwhile, or was suspended
        return False
    renewed = guards.renew()
    return renewed is not None and _active(renewed.actor) == g.form_mandate


@dataclass(frozen=True, slots=True)
class Sent:
    """The form as it came: fields to send again, words that a person typed, fields that held files, secrets left out.

    `steps` are the values of `etape`, which says which button was pressed.
    """

    kept: list[tuple[str, str]]
    words: list[str]
    files: dict[str, list[str]]
    secrets: bool
    steps: list[str]


def read() -> Sent:
    """Return the form of this request as it came."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _OWN]
    files: dict[str, list[str]] = {}
    for name, sent in request.files.items(multi=True):
        if sent.filename:
            files.setdefault(name, []).append(sent.filename)
    return Sent(
        [(name, value) for name, value in fields if name not in SECRETS and name != "etape"],
        [value for name, value in fields if name not in SECRETS and not _CODE.fullmatch(value)],
        files,
        any(name in SECRETS and value and not name.startswith("preuve") for name, value in fields),
        [value for name, value in fields if name == "etape"],
    )


def _refusal() -> ResponseReturnValue:
    """Return the page (409) with what was typed, and what to do: under the form's mandate, or under the present one."""
    former = next((one for one in g.mandates if one.id == g.form_mandate), None)
    was, now = (frame.mandate_name(one) if one else None for one in (former, g.actor.mandate))
    sentence = _sentence(was, now)
    if "X-CSRFToken" in request.headers or request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(error=sentence), 409)
    sent = read()
    page = render_template(
        "mandates/other.html",
        sentence=sentence,
        was=was,
        now=now,
        sent=sent,
        again=AGAIN,
        action=request.full_path.rstrip("?"),
        former_token=token(g.form_mandate),
        step_now=getattr(current_app.view_functions[str(request.endpoint)], "guichet_shows_first", None),
        allowed=_allowed(),
        back=_form_page(),
    )
    return make_response(page, 409)


def _sentence(was: frame.MandateName | None, now: frame.MandateName | None) -> str:
    if was is None and g.form_mandate == 0:
        opened = "Ce formulaire a été ouvert sans mandat actif"
    elif was is None:
        opened = "Ce formulaire a été ouvert sous un mandat que vous n’avez plus"
    else:
        opened = f"Ce formulaire a été ouvert sous le mandat « {was.role}, {was.scope} »"
    active = f"votre mandat actif est maintenant « {now.role}, {now.scope} »" if now else "aucun mandat n’est actif"
    return f"{opened}, et {active}. Rien n’est envoyé ni enregistré."


def _allowed() -> bool:
    """Whether the form's page answers under the present mandate too, so that it may be sent under it."""
    kind = guards.guard_of(current_app, str(request.endpoint))
    if isinstance(kind, Action) and not gate.permits(g.actor, kind).allowed:
        return False
    number = (request.view_args or {}).get("number")
    if number is not None and not trying.answers(f"/tickets/{number}", g.login):
        return False
    page = _form_page()
    return page == "/" or trying.answers(page, g.login)


def _form_page() -> str:
    """Return the page where the form stands: its own address if a GET shows one, else where the person came from."""
    if trying.shown(request.path):
        return request.path
    parts: Any = urlsplit(request.referrer or "")
    page = local(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return page if trying.shown(parts.path) else "/"


def shows_first(step: str) -> Callable[[View], View]:
    """Mark a view whose `etape` named `step` shows the form again without sending it: under another mandate, first."""

    def mark(view: View) -> View:
        view.guichet_shows_first = step  # type: ignore[attr-defined]
        return view

    return mark
