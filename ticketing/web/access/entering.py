"""What every way to log in shares: the page of the login, the answer to whoever comes in, the name of a browser."""

from __future__ import annotations

import re

from flask import current_app, flash, g, redirect, render_template, request, session
from flask.typing import ResponseReturnValue

from charters.entry import sessions as entry_sessions
from ticketing.web import guards
from ticketing.web.access import resuming


def login_page(sigle: str, refusal: str | None, suite: str, reprise: str = "") -> str:
    """Return the page of the login, with what was typed and why it was refused; `reprise`: `resuming` says what."""
    settings = current_app.config["GUICHET"]
    return render_template(
        "access/login.html",
        sigle=sigle,
        refusal=refusal,
        suite=suite,
        lapsed=bool(reprise),
        reprise=reprise or request.form.get(resuming.FIELD, ""),
        passwords=bool(settings.intranet),
        academie=settings.oidc_name if settings.oidc_issuer or settings.identity_header else "",
    )


def with_its_step(suite: str) -> str:
    """Return the address with the place of the step that a mail's link names: a login drops what follows « # »."""
    step = re.fullmatch(r"/tickets/\d+\?etape=([a-z-]{1,30})", suite)
    return f"{suite}#etape-{step[1]}" if step else suite


def welcome(entered: entry_sessions.Entered, suite: str) -> ResponseReturnValue:
    """Return the redirection after a successful login of any method, with a new token; close the former session."""
    if (former := guards.identify()) is not None:
        entry_sessions.log_out(former, now=g.now)
    session.clear()
    if entered.refused_before:
        count = entered.refused_before
        some = "une tentative a échoué" if count == 1 else f"{count} tentatives ont échoué"
        flash(
            f"Avant cette connexion, {some} sous votre sigle. Si ce n’était pas vous, prévenez l’administrateur de "
            "l’académie.",
            "warning",
        )
    response = current_app.make_response(resuming.resumed(entered) or redirect(with_its_step(suite), 303))
    guards.set_login_cookie(response, entered.token)
    return response


def browser() -> str:
    """Return the browser's name, « Firefox, Windows », by which people know their sessions; nothing else is kept."""
    agent = request.user_agent.string
    browsers = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    found = [next((name for mark, name in pairs if mark in agent), "") for pairs in (browsers, systems)]
    return ", ".join(part for part in found if part) or "Navigateur inconnu"
