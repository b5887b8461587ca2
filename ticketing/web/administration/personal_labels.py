"""French labels, on the page of a person's export, for the codes, identifiers and instants that its JSON holds.

A code without a label is shown as it is: the page never omits a value because its label is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from charters.journal import audit
from charters.model import ZONES
from charters.signing import signatures
from ticketing.formats import french_date, french_datetime
from ticketing.in_force import routing
from ticketing.model import Kind
from ticketing.oversight import journal_labels
from ticketing.oversight.consultation import REASONS
from ticketing.oversight.reading_reports import WAYS
from ticketing.steps import ENTRIES
from ticketing.web.frame import ROLE_NAMES, scope_name
from ticketing.web.people.choices import MOVEMENT_NAMES

_MAILS = {"pending": "en attente", "sent": "envoyé", "failed": "en échec", "dropped": "sans objet"}
_KEYS = {
    "issued": "à activer",
    "active": "active",
    "returned": "restituée",
    "revoked": "révoquée",
    "lost": "perdue",
}
_KEY_KINDS = {
    "totp": "clé à l’heure",
    "hotp": "clé à compteur",
    "fido2": "clé de sécurité FIDO2",
    "radius": "clé de l’académie",
}
_LETTERS = {
    "campaign": "campagne d’octobre",
    "interruption": "interruption de service",
    "obligation": "obligation d’un accord",
    "locked": "verrouillage",
    "code-used-again": "code déjà utilisé",
    "cloned": "clé peut-être copiée",
    "keys-to-return": "clés à reprendre",
    "password-changed": "mot de passe changé",
    "pin-changed": "code PIN changé",
    "identity-bound": "identité académique liée",
    "reset": "code PIN oublié",
    "email-confirm": "nouvelle adresse à confirmer",
    "invitation": "invitation à activer sa clé",
    "email-asked": "changement d’adresse annoncé",
    "email-changed": "adresse changée",
    "mail-attributed": "courriel attribué",
    "mail-place": "question sur l’établissement d’un courriel",
    "mail-pupils": "accord demandé avant qu’un courriel parte",
    "correction-refused": "correction refusée",
    "articles-to-review": "articles à relire",
}
_WRITTEN = {
    "opened": "ouverture",
    "comment": "commentaire",
    "answer": "réponse",
    "confirmed": "confirmation",
    "calendar": "réponse à une invitation",
}
_ACTS = {
    "cell_fill": "case remplie",
    "matrix_draft": "projet de modification",
    "draft_change": "case d’un projet",
    "draft_comment": "commentaire d’un projet",
    "draft_approval": "approbation d’un projet",
    "golden_ticket": "ticket témoin",
    "recorded_fact": "fait enregistré",
    "obligation_statement": "obligation déclarée",
}
#: Column -> code -> label, in every part of the export.
_ANYWHERE: Mapping[str, Mapping[str, str]] = {
    "role": {role.value: name for role, name in ROLE_NAMES.items()},
    "zone": ZONES,
    "reason": REASONS,
    "way": WAYS,
    "table": _ACTS,
    "visibility": {"public": "publique", "internal": "interne"},
    "movement": {movement.value: name for movement, name in MOVEMENT_NAMES.items()},
    "party": journal_labels.VALUES["party"],
    "expected_party": journal_labels.VALUES["party"],
    "expected_status": journal_labels.VALUES["status"],
    "purpose": {"pin": "code PIN", "password": "mot de passe", "calendar": "calendrier"},
}
#: (Part of the export, column) -> code -> label, where the label holds for that part only.
_THERE: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("cles", "state"): _KEYS,
    ("cles", "kind"): _KEY_KINDS,
    ("lettres", "kind"): _LETTERS,
    ("corrections", "state"): {"asked": "demandée", "mail": "nouvelle adresse, à confirmer"},
    ("lettres", "state"): _MAILS,
    ("courriels", "state"): _MAILS,
    ("chartes", "kind"): signatures.TITLES,
    ("chartes-publiees", "kind"): signatures.TITLES,
    ("ecrits-par-courriel", "kind"): _WRITTEN,
    ("entrees", "kind"): {kind.value: ENTRIES[kind].title for kind in Kind},
}
_PLACES = frozenset({"organisation", "scope_id", "scope", "etablissement", "place", "side"})


def shown(section: str, key: str, value: Any) -> str:
    """Return the text that the page shows for a value; `section` is the part of the export, `key` the column."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, datetime):
        return french_datetime(value)
    if isinstance(value, date):
        return french_date(value)
    text = str(value)
    if key in _PLACES:
        return scope_name(text)
    if key == "event":
        return audit.label(text)
    if key == "details":
        return " ; ".join(f"{label} : {words}" for label, words in journal_labels.said(text, whole=True))
    conventions = routing.router().conventions
    if key == "service":
        return conventions.services.get(text, text)
    if key == "activity":
        return conventions.activities.get(text, text)
    words = _THERE.get((section, key)) or _ANYWHERE.get(key, {})
    return words.get(text, text)
