"""Build the Flask application from the settings. No rule is decided here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context
from flask.globals import request_ctx
from jinja2 import ChoiceLoader, FileSystemLoader

from charters import mail_texts, rules
from charters.database import db, read_json
from charters.journal import keyring
from charters.mail_texts import MailTexts
from charters.people import leaving
from config import Settings, read_settings
from ticketing import web
from ticketing.amending import replacing
from ticketing.correspondence import entries
from ticketing.mail import following, signatures
from ticketing.mail.incoming import store
from ticketing.serving.limits import PLAIN_BODY, Limits
from ticketing.settings import DeskSettings, hand_in
from ticketing.tickets import leaving as leaving_tickets
from ticketing.tickets import reindexing, rendering
from ticketing.web.cookies import FormCookies
from ticketing.web.macros import Templates
from ticketing.web.mandates import forms

#: `app.config[SETTINGS]` is the frozen Settings, for the views and jobs.
SETTINGS = "GUICHET"

PACKAGE = Path(__file__).resolve().parent


class Guichet(Flask):
    """Flask's application, which builds an address once for the same values: a list has a dozen of them.

    No view and no function around it is a coroutine: none is asked whether it is (Flask asks twenty a request).
    """

    _MOST = 4096

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Return the address of a page, behind the prefix of the request as Flask's own."""
        given = {name: value for name, value in values.items() if value is not None}
        adapter = request_ctx.url_adapter if has_request_context() else None
        if adapter is None or endpoint.startswith(".") or not _PLAIN.issuperset(map(type, given.values())):
            return super().url_for(endpoint, **given)
        key = (adapter.script_name, endpoint, *given.items())
        found = self._addresses.get(key)
        if found is None:
            found = super().url_for(endpoint, **given)
            if len(self._addresses) >= self._MOST:
                self._addresses.clear()
            self._addresses[key] = found
        return found


#: The types of values of which equal ones are written alike.
_PLAIN = frozenset({str, int})


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for `settings` (default: the environment's). Raises ConfigurationError."""
    settings = settings or read_settings()
    app = Guichet("ticketing", static_folder=None, template_folder=None)
    app.config.from_mapping(_flask_config(settings))
    app.jinja_environment = Templates
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in template_folders(settings)])
    given = desk_settings_of(settings)
    if settings.theme_dir:
        given.mail_texts.check(settings.theme_dir / "templates")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # its redirection would use the Host header, which clients control
    app.session_interface = FormCookies()
    db.init_app(app)
    leaving.hand_in((*leaving_tickets.PARTS, *replacing.PARTS), leaving_tickets.RETURNS)
    with app.app_context():
        hand_in(db.engine, given)
        mail_texts.hand_in(db.engine, given.mail_texts)
        config = app.config  # not the application itself, which the table of settings would keep alive
        rules.hand_in(db.engine, lambda: config[SETTINGS])
        keyring.hand_in(db.engine, (settings.journal_key_file or settings.data_dir / "journal-key").absolute())
    reindexing.install()
    following.install()
    web.before_csrf(app)
    forms.FormTokens(app)
    web.install(app, settings)
    return app


def desk_settings_of(settings: Settings) -> DeskSettings:
    """Return the part of the settings that the rooms of tickets need."""
    return DeskSettings(
        files=settings.data_dir.resolve() / "files",
        per_file=settings.upload_mb * 1_000_000,
        per_ticket=settings.upload_ticket_mb * 1_000_000,
        clamav=settings.clamav,
        base_url=settings.base_url,
        agreements=settings.conventions_dir,
        calendar=settings.school_calendar,
        texts=settings.texts_dir,
        mail_texts=MailTexts(template_folders(settings)),
        usage_for_staff=settings.usage_charter_for_staff,
        mail_from=settings.mail_from,
        mail_key=signatures.key(settings.secret_key),
        words_html=rendering.render,
        came_by=entries.came_by,
        takes_mail=lambda: bool(settings.mailbox or settings.demo) or store.has_taken(),
        mail_authserv=settings.mail_authserv,
        close_days=settings.resolved_close_days,
        contest_days=settings.contest_days,
    )


def server_limits_of(settings: Settings) -> Limits:
    """Return the limits of the server that the settings give."""
    largest = settings.upload_ticket_mb * 1_000_000 + PLAIN_BODY
    return Limits(
        seconds=settings.receive_seconds,
        rate=settings.receive_kb_second * 1000,
        connections=settings.connections,
        plain=PLAIN_BODY,
        largest=largest,
        spooled=4 * largest,
    )


def template_folders(settings: Settings) -> list[Path]:
    """Return the folders searched for templates, in order: the operator's theme, the checkout's, the wheel's."""
    folders = [PACKAGE.parent / "templates", PACKAGE / "_data" / "templates"]
    if settings.theme_dir:
        folders.insert(0, settings.theme_dir / "templates")
    return [folder for folder in folders if folder.is_dir()]


def _flask_config(settings: Settings) -> dict[str, object]:
    return {
        SETTINGS: settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        # The signed cookie holds the CSRF nonce and flashed messages only; a row of web_session says who is logged in.
        "SESSION_COOKIE_NAME": "__Host-guichet_form" if settings.https else "guichet_form",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_PATH": "/",
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open during lunch must not lose what was typed
        "WTF_CSRF_SSL_STRICT": False,  # TLS ends at the proxy; SameSite and the token protect the form
        "MAX_CONTENT_LENGTH": PLAIN_BODY,
        "MAX_FORM_MEMORY_SIZE": PLAIN_BODY,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _engine_options(settings: Settings) -> dict[str, object]:
    # An error names the SQL statement, never its values: hashes of codes and words of tickets would be in the logs.
    options: dict[str, object] = {"hide_parameters": True, "json_deserializer": read_json}
    if not settings.database_url.startswith("sqlite"):
        kept = -(-settings.database_pool // 2)
        options |= {"pool_pre_ping": True, "pool_size": kept, "max_overflow": settings.database_pool - kept}
    if settings.database_pooler:
        # What PgBouncer hands out in transaction mode may be another connection each time: nothing is prepared on it.
        options |= {"connect_args": {"prepare_threshold": None}}
    return options
