"""Error pages: each refusal is answered by a page that says what happened and what to do next."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from charters.errors import StandingChanged, Unavailable
from charters.outages import RETRY_AFTER, is_outage
from ticketing.amending.approvals import GoldenFailed
from ticketing.amending.drafts import StaleDraft
from ticketing.errors import GuichetError, Invalid, NotFound, Refused, Stale, StepRefused
from ticketing.web import guards
from ticketing.web.mandates import links

# The HTTP status of each refusal of a use case that no page catches; a class not listed has that of its nearest parent.
ANSWERS: dict[type[GuichetError], int] = {
    NotFound: 404,
    Invalid: 422,
    Refused: 403,
    StepRefused: 409,
    Stale: 409,
    StandingChanged: 409,
    Unavailable: 503,
    StaleDraft: 409,
    GoldenFailed: 409,
}

TEXTS: dict[int, tuple[str, str]] = {
    400: (
        "Demande incomprise",
        "Le navigateur a envoyé quelque chose que Guichet ne sait pas lire. Revenez en arrière, recommencez.",
    ),
    408: (
        "Envoi trop lent",
        "Ce que vous envoyez n’est pas arrivé à temps : rien n’a été enregistré. Recommencez.",
    ),
    401: ("Connexion nécessaire", "Connectez-vous pour continuer."),
    403: (
        "Ce n’est pas permis",
        "Votre mandat actif ne permet pas cette action. Si elle vous revient, voyez avec votre référent.",
    ),
    404: ("Page introuvable", "Cette page n’existe pas, ou votre mandat actif n’y donne pas accès."),
    405: ("Demande incomprise", "Cette adresse ne s’utilise pas ainsi. Revenez en arrière et recommencez."),
    409: (
        "Quelqu’un est passé avant vous",
        "La page a changé pendant que vous écriviez. Rechargez-la pour voir la suite.",
    ),
    413: (
        "Envoi trop lourd",
        "Ce que vous envoyez dépasse la taille permise. Allégez ou retirez un fichier, puis recommencez.",
    ),
    414: ("Adresse trop longue", "L’adresse demandée est trop longue. Raccourcissez votre recherche."),
    422: ("Demande incomplète", "Ce qui a été envoyé ne va pas. Revenez en arrière, corrigez, recommencez."),
    429: ("Trop de demandes", "Attendez un moment avant de recommencer."),
    500: (
        "Une panne de notre côté",
        "Rien de ce qui était enregistré n’est perdu. Réessayez dans un moment ; si la panne dure, "
        "prévenez votre référent.",
    ),
    503: (
        "Guichet est occupé",
        "Réessayez dans quelques instants : rien de ce qui était enregistré n’est perdu.",
    ),
}
CHANGED = "Vos droits ont changé entre-temps"
FORM_EXPIRED = (
    "Ce formulaire a expiré",
    "Votre session a changé depuis l’affichage de la page. Revenez en arrière, rechargez-la, recommencez.",
)


def install(app: Flask) -> None:
    """Turn every HTTP error, error of a use case and unforeseen exception into a French page."""
    app.register_error_handler(StandingChanged, _changed_meanwhile)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:  # the view aborted with a response of its own
            return make_response(error.get_response())
        code = error.code or 500
        if code == 404:
            return _absent()
        title, text = FORM_EXPIRED if isinstance(error, CSRFError) else _words(code)
        return _page(code, title, text, error.get_headers())

    @app.errorhandler(GuichetError)
    def _refused(error: GuichetError) -> Response:
        code = answer(type(error))
        if code == 503:
            return _outage(error)
        if code == 404:  # it gives no reason: the thing may exist and only be invisible to the reader
            return _absent()
        # A page should have caught it. Its sentence may hold what people typed: only its kind is logged.
        app.logger.warning("%s that no page catches, at %s", type(error).__name__, request.endpoint)
        title, text = _words(code)
        return _page(code, title, str(error) or text)

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        if is_outage(error):
            return _outage(error)
        app.logger.error("unforeseen", exc_info=error)
        return _http(InternalServerError(original_exception=error))


def _outage(error: Exception) -> Response:
    current_app.logger.error("a dependency fails", exc_info=error)
    title, text = _words(503)
    # Rendered without Flask's context, which would look up the logged-in person: the database may be down.
    page = current_app.jinja_env.get_template("errors/error.html").render(code=503, title=title, text=text)
    response = make_response(page, 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _changed_meanwhile(error: StandingChanged) -> ResponseReturnValue:
    """Return the guard's answer of now, or say what changed where the page would still open."""
    try:
        sent = guards.changed_meanwhile()
    except HTTPException as refused:
        return current_app.handle_user_exception(refused)
    if sent is not None:
        return sent
    return _page(409, CHANGED, f"{error} Revenez en arrière : ce que vous avez saisi y est encore.")


def answer(kind: type[GuichetError]) -> int:
    """Return the HTTP status of an error of a use case: that of its class in the table, else of its nearest parent.

    Raises KeyError for a class without any parent in the table.
    """
    return ANSWERS[next((one for one in kind.__mro__ if one in ANSWERS), kind)]


def _absent() -> Response:
    """Return the page of what is absent or not to be seen; the ways in that the reader has, if any, are offered."""
    offered = links.elsewhere()
    if offered is not None:
        return offered
    title, text = _words(404)
    return _page(404, title, text, with_reason=links.with_reason())


def _words(code: int) -> tuple[str, str]:
    return TEXTS.get(code) or TEXTS[400 if code < 500 else 500]


def _page(
    code: int, title: str, text: str, headers: Iterable[tuple[str, str]] = (), with_reason: int | None = None
) -> Response:
    """Return the page of an error, with the headers of the HTTP error (such as Allow) except those about its body.

    `with_reason` is the number of the ticket that the reader may consult with a reason.
    """
    page = render_template("errors/error.html", code=code, title=title, text=text, with_reason=with_reason)
    response = make_response(page, code)
    for name, value in headers:
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response
