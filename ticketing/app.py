"""Build the Flask application from the settings. No rule is decided here."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader

from charters import mail_texts, rules
from charters.database import db
from charters.journal import keyring
from charters.mail_texts import MailTexts
from charters.people import leaving
from config import Settings, read_settings
from ticketing import web
from ticketing.amending import replacing
from ticketing.mail import following
from ticketing.serving.limits import PLAIN_BODY, Limits
from ticketing.settings import DeskSettings, hand_in
from ticketing.tickets import leaving as leaving_tickets
from ticketing.tickets import reindexing
from ticketing.web.mandates import forms

#: `app.config[SETTINGS]` is the frozen Settings, for the views and jobs.
SETTINGS = "GUICHET"

PACKAGE = Path(__file__).resolve().parent


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for `settings` (default: the environment's). Raises ConfigurationError."""
    settings = settings or read_settings()
    app = Flask("ticketing", static_folder=None, template_folder=None)
    app.config.from_mapping(_flask_config(settings))
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in template_folders(settings)])
    given = desk_settings_of(settings)
    if settings.theme_dir:
        given.mail_texts.check(settings.theme_dir / "templates")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # its redirection would use the Host header, which clients control
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
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings.database_url),
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


def _engine_options(url: str) -> dict[str, object]:
    # An error names the SQL statement, never its values: hashes of codes and words of tickets would be in the logs.
    options: dict[str, object] = {"hide_parameters": True}
    if not url.startswith("sqlite"):
        options |= {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}
    return options
