"""Refusals as pages: each a sentence that says what happened and what to do next."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound

from ticketing import errors

TEXTS: dict[int, tuple[str, str]] = {
    400: (
        "Demande incomprise",
        "Le navigateur a envoyé quelque chose que Guichet ne sait pas lire. Revenez en arrière, recommencez.",
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
FORM_EXPIRED = (
    "Ce formulaire a expiré",
    "Votre session a changé depuis l’affichage de la page. Revenez en arrière, rechargez-la, recommencez.",
)


def install(app: Flask) -> None:
    """Turn every HTTP error and unforeseen exception into a French page; headers such as Allow are kept."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        if error.response is not None:  # a view aborted with an answer of its own
            return make_response(error.get_response())
        code = error.code or 500
        title, text = TEXTS.get(code) or TEXTS[400 if code < 500 else 500]
        if isinstance(error, CSRFError):
            title, text = FORM_EXPIRED
        page = render_template("errors/error.html", code=code, title=title, text=text)
        response = make_response(page, code)
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                response.headers[name] = value
        return response

    @app.errorhandler(errors.NotFound)
    def _absent(error: errors.NotFound) -> Response:
        return _http(NotFound())  # what a use case does not find, where its page says nothing more

    @app.errorhandler(Exception)
    def _unforeseen(error: Exception) -> Response:
        app.logger.error("unforeseen", exc_info=error)
        return _http(InternalServerError(original_exception=error))
