"""Say in plain French why a mail could not be sent, from what the mail server answered. Pure."""

from __future__ import annotations

import re

#: Part of an answer -> the words for it; the first that is found says it.
_SAID: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"plus rien ne part vers", "Trop de courriels sont revenus de cette adresse : plus rien n’y part."),
        (r"injoignable|refused|timed out", "Le serveur de courriel ne répond pas."),
        (r"connexion coupée", "Le serveur de courriel a coupé la connexion."),
        (r"impossible", "L’adresse n’est pas une adresse de courriel valable."),
        (
            r"\b5\.1\.(1|10)\b|user unknown|unknown user|no such user|inconnu|does not exist",
            "L’adresse n’existe pas.",
        ),
        (r"\b5\.1\.2\b|host not found|domain not found|nxdomain", "Le domaine de l’adresse n’existe pas."),
        (r"\b[45]\.2\.2\b|quota|full|pleine|^552", "La boîte du destinataire est pleine."),
        (r"\b5\.2\.1\b|disabled|inactive", "La boîte du destinataire est fermée."),
        (r"\b5\.3\.4\b|too large|too big", "Le message est trop gros pour le serveur du destinataire."),
        (
            r"\b5\.7\.\d+\b|spam|blocked|policy|denied|^554",
            "Le serveur du destinataire refuse les courriels de Guichet.",
        ),
        (r"^55[0-3]", "L’adresse n’existe pas."),
        (r"^4\d\d|greylist|retardé|later|plus tard", "Le serveur du destinataire demande d’attendre."),
    )
)


def plain(error: str) -> str:
    """Return a sentence for what a server answered; a general one where its words are unknown."""
    for pattern, words in _SAID:
        if pattern.search(error):
            return words
    return "Le courriel n’a pas pu être remis." if error else "Aucun essai n’a encore échoué."
