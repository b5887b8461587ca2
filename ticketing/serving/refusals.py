"""The answers of the server to requests that do not reach the application: a status, and a page that says it."""

from __future__ import annotations

from ticketing.serving.framing import Fault

#: Status -> what the page says.
SAID = {
    408: "Votre demande n’est pas arrivée à temps : rien n’a été enregistré. Recommencez.",
    413: "Ce que vous envoyez dépasse la taille permise. Allégez ou retirez un fichier, puis recommencez.",
    414: "L’adresse demandée est trop longue. Raccourcissez votre recherche.",
    431: "Le navigateur envoie trop d’en-têtes. Effacez les cookies de ce site, puis recommencez.",
    503: "Trop d’envois arrivent à la fois. Réessayez dans un moment : rien n’a été enregistré.",
}
_OTHER = "Guichet ne sait pas lire cette demande."


def refusal(fault: Fault) -> bytes:
    """Return the whole answer to a faulty request; it closes the connection."""
    page = (
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>Guichet</title>'
        f"<h1>Demande refusée</h1><p>{SAID.get(fault.status, _OTHER)}</p></html>\n"
    ).encode()
    head = [
        f"HTTP/1.1 {fault.status} {fault.reason}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        "Content-Security-Policy: default-src 'none'",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        f"Content-Length: {len(page)}",
    ]
    if fault.status == 503:
        head.append("Retry-After: 30")
    return "\r\n".join([*head, "", ""]).encode("ascii") + page
