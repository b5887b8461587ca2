"""Pages where the académie writes the charters: their versions, a new version written, previewed and published.

A published text never changes. A version is published only as its preview showed it: where anything changed since, the
preview is shown again first.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from charters.permissions import Action
from charters.signing import register, signatures, signing
from charters.signing.differences import Change
from charters.signing.signing import CharterView, Concerned
from ticketing.errors import Invalid, NotFound, Refused
from ticketing.web.access.charter_text import changes, charter_html
from ticketing.web.confirming import fresh_once_valid
from ticketing.web.guards import guard
from ticketing.web.people import coverage

blueprint = Blueprint("charters", __name__, url_prefix="/administration")
guard(blueprint, Action.ADMINISTER_CHARTERS)

_UNREAD = "Le texte a changé depuis sa relecture. Voici de nouveau ce qui sera publié."


@dataclass(frozen=True, slots=True)
class CharterDraft:
    """What is typed for a new version; `base` is the version that the writer saw in force."""

    markdown: str
    changes: str
    for_staff: bool
    base: int

    @property
    def mark(self) -> str:
        """Return a hash that tells the previewed text from any other."""
        return signatures.fingerprint(f"{self.base}\n{self.for_staff}\n{self.changes}\n{self.markdown}")


@dataclass(frozen=True, slots=True)
class CharterReview:
    """The preview of a version: its text, its differences, and a sentence that says who must sign again."""

    html: Markup
    changed: tuple[Change | None, ...]
    sentence: str
    warning: str


@blueprint.get("/chartes")
def index() -> ResponseReturnValue:
    """List the charters: the version in force, who has yet to sign it, the former versions."""
    published = []
    for kind in signatures.KINDS:
        versions = signing.versions(kind)
        if versions:
            published.append((versions, register.missing(coverage.readable(), kind, now=g.now)))
    return render_template("people/charters.html", published=published)


@blueprint.get("/chartes/<kind>")
def edit(kind: str) -> ResponseReturnValue:
    """Show the form of a new version, filled in with the one in force."""
    latest = _latest(kind)
    return _page(
        kind,
        latest,
        CharterDraft(
            latest.markdown if latest else "", "", bool(latest and latest.for_staff), latest.version if latest else 0
        ),
    )


@blueprint.post("/chartes/<kind>")
@fresh_once_valid
def publish(kind: str) -> ResponseReturnValue:
    """Show what a new version would change, then publish it; those concerned must sign it at once."""
    latest, typed = _latest(kind), _typed(kind)
    try:
        signing.checked(typed.markdown, typed.changes)
        if request.form.get("etape") != "publier":
            return _page(kind, latest, typed, review=_review(kind, latest, typed, ""))
        if request.form.get("relu") != typed.mark:
            return _page(kind, latest, typed, review=_review(kind, latest, typed, _UNREAD), status=422)
        version = signing.publish_charter(
            kind,
            typed.markdown,
            actor=g.actor,
            now=g.now,
            for_staff=typed.for_staff,
            changes=typed.changes,
            base=typed.base,
        )
    except Invalid as invalid:
        return _page(kind, latest, typed, errors=invalid.errors, status=422)
    except Refused as refused:  # somebody else published meanwhile: the page now compares with that version
        latest = _latest(kind)
        moved = CharterDraft(typed.markdown, typed.changes, typed.for_staff, latest.version if latest else 0)
        return _page(kind, latest, moved, review=_review(kind, latest, moved, refused.sentence), status=409)
    flash(
        f"{signatures.TITLES[kind]} : la version {version} est publiée. "
        f"{_sentence(signing.concerned(kind, typed.for_staff, now=g.now))}",
        "success",
    )
    return redirect(url_for("charters.index"), 303)


def _typed(kind: str) -> CharterDraft:
    base = request.form.get("base", "")
    known = base.isascii() and base.isdigit() and len(base) < 10
    text, said = (
        request.form.get(name, "").replace("\r\n", "\n").replace("\x00", "") for name in ("markdown", "changes")
    )
    return CharterDraft(
        text[: signing.LONGEST + 1],
        said[: signing.CHANGES_MAX + 1],
        kind == signatures.USAGE and request.form.get("for_staff") == "1",
        int(base) if known else 0,
    )


def _review(kind: str, latest: CharterView | None, typed: CharterDraft, warning: str) -> CharterReview:
    text, _ = signing.checked(typed.markdown)
    return CharterReview(
        charter_html(text),
        changes(latest.markdown if latest else "", text),
        _sentence(signing.concerned(kind, typed.for_staff, now=g.now)),
        warning,
    )


def _sentence(who: Concerned) -> str:
    """Return who must sign: « 14 personnes devront signer cette version avant de continuer : 11 externes et… »"""
    if not who.people:
        return "Personne n’aura à signer cette version."
    parts = []
    if who.external:
        parts.append(f"{who.external} externe{'s' if who.external > 1 else ''}")
    if who.staff:
        parts.append(f"{who.staff} agent{'s' if who.staff > 1 else ''} de l’Éducation nationale")
    many = who.people > 1
    start = f"{who.people} personnes devront" if many else "1 personne devra"
    return f"{start} signer cette version avant de continuer : {' et '.join(parts)}."


def _latest(kind: str) -> CharterView | None:
    if kind not in signatures.KINDS:
        abort(404)
    try:
        return signing.charter(kind)
    except NotFound:
        return None


def _page(
    kind: str,
    latest: CharterView | None,
    typed: CharterDraft,
    *,
    review: CharterReview | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    page = render_template(
        "people/charter.html",
        kind=kind,
        latest=latest,
        typed=typed,
        review=review,
        errors=errors or {},
        staff_rule=kind == signatures.USAGE,
    )
    return page, status
