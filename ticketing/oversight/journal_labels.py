"""The French words for the details of the journal's lines: their keys and the codes that they hold. Pure.

A key or a code without words here is shown as it is. The journal stores codes, and its JSON file shows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ticketing.model import HAND_ON_LABELS, HOLD_LABELS, PARTY_NAMES, STATE_LABELS, WITHDRAW_LABELS

LABELS = {
    "about": "sur",
    "activity": "activité",
    "answer": "première réponse (minutes)",
    "bytes": "octets envoyés",
    "cells": "cases",
    "changed": "modifiés",
    "charter": "charte",
    "closes": "dernier jour de ce qui n’est pas confirmé",
    "convention": "accord",
    "count": "nombre",
    "created": "créés",
    "draft": "projet",
    "event": "événement",
    "everything": "sans rien taire",
    "external": "externe",
    "failures": "échecs",
    "field": "champ",
    "fields": "champs",
    "files": "fichiers",
    "fill": "lecture",
    "for_staff": "pour l’Éducation nationale",
    "format": "format",
    "from": "de",
    "golden": "ticket témoin",
    "hold": "conservation",
    "kind": "sorte",
    "earlier": "la suite du ticket n°",
    "duplicate_of": "doublon du ticket n°",
    "parent": "rattaché au ticket n°",
    "into": "devenu le ticket n°",
    "rule": "règle d’attribution",
    "score": "satisfaction (3 : oui, 2 : en partie, 1 : non)",
    "useful": "utile",
    "last": "dernière ligne",
    "period": "période",
    "letters": "courriels",
    "lines": "lignes",
    "lu": "lu",
    "mandates": "mandats",
    "mentioned": "personnes nommées",
    "messages": "messages",
    "method": "méthode",
    "minutes": "minutes",
    "motif": "motif",
    "on": "à compter du",
    "organisation": "organisation",
    "party": "partie",
    "people": "personnes",
    "places": "collèges",
    "precision": "précision",
    "proof": "empreinte de la preuve",
    "reason": "raison",
    "remind": "rappel (jours ouvrés)",
    "close": "clôture (jours ouvrés)",
    "silent": "silence (minutes)",
    "since": "à partir du",
    "late": "retards",
    "removed": "retirés",
    "resolve": "résolution (minutes)",
    "retroactive": "rétroactif",
    "role": "rôle",
    "scope": "portée",
    "serial": "clé",
    "service": "service",
    "sessions": "sessions",
    "sha256": "empreinte",
    "sigle": "sigle",
    "status": "réponse",
    "subject": "sujet",
    "tables": "tables",
    "term": "dernier jour",
    "title": "titre",
    "to": "à",
    "urgency": "urgence (1 à 3)",
    "until": "jusqu’au",
    "value": "valeur",
    "version": "version",
    "way": "moyen",
    "why": "pourquoi",
    "words": "mots",
    "year": "année",
    "zone": "zone",
    "academie": "académie",
    "added": "ajoutés",
    "already": "déjà à jour",
    "annonce": "annonce",
    "asked": "demandés",
    "by": "par",
    "caller": "pour qui appelle",
    "campaign": "campagne",
    "clashes": "gênes signalées",
    "content": "empreinte du contenu",
    "ended": "mandats terminés",
    "place": "établissement",
    "ends": "fin",
    "first": "première",
    "forged": "expéditeur usurpé",
    "found": "trouvé",
    "keys": "clés",
    "kept": "confirmés",
    "lost": "perdu",
    "most": "au plus",
    "movement": "mouvement",
    "notice": "prévenance, en heures",
    "opened": "ouverte",
    "renewed": "rechiffrés",
    "self": "par la personne elle-même",
    "sent": "envoyé",
    "starts": "début",
    "state": "état",
    "unchanged": "inchangés",
    "unreadable": "illisibles",
}
_STATUSES = {
    "routed": "orienté",
    "to_qualify": "à qualifier",
    "needs_info": "précision demandée",
    "out_of_scope": "hors accord",
    "conflict": "clauses contraires",
    "arbitration": "à arbitrer",
    "not_applicable": "sans objet",
}
_STATES = {state.value: label.lower() for state, label in STATE_LABELS.items()}
#: Key of a detail -> code -> words.
VALUES: Mapping[str, Mapping[str, str]] = {
    "from": _STATES,
    "to": _STATES,
    "status": _STATUSES,
    "caller": {"named": "une personne sans compte"},
    "party": PARTY_NAMES,
    "movement": {"arrivee": "arrivée", "depart": "départ", "changement": "changement"},
    "state": {"lost": "perdue", "revoked": "révoquée", "returned": "restituée"},
    "way": {"mail": "mail", "paper": "papier", "identity": "identité académique", "relay": "relais de l’académie"},
    "reason": {code.value: label for code, label in (HOLD_LABELS | HAND_ON_LABELS | WITHDRAW_LABELS).items()},
}
#: How many characters of a hash are shown; the file of the journal has the whole hash.
PRINT_SHOWN = 12


#: The events whose day is the last one: « à compter du » would be false by a day.
_ENDS = ("account.ended", "mandate.ended")


def said(details: str, whole: bool = False, event: str = "") -> tuple[tuple[str, str], ...]:
    """Return the details of a line (JSON) as (label, words), in the order of keys; `whole` leaves hashes uncut."""
    found: Mapping[str, Any] = json.loads(details or "{}")
    ends = event in _ENDS or found.get("movement") == "depart"
    return tuple(
        (_label(key, value, ends), _words(key, value, whole)) for key, value in found.items() if value not in ("", None)
    )


def _label(key: str, value: Any, ends: bool) -> str:
    if key == "on" and ends:
        return LABELS["term"]
    if key == "from" and _is_day(value):
        return "du"
    if key == "on" and isinstance(value, bool):  # on a ticket that its chef d'établissement made confidential
        return "confidentiel"
    return LABELS.get(key, key)


def codes_of(typed: str) -> set[str]:
    """Return the codes whose words on screen match, whatever their case, for a search of the details."""
    wanted = typed.casefold()
    return {code for words in VALUES.values() for code, label in words.items() if wanted in label.casefold()}


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None


def _words(key: str, value: Any, whole: bool) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    if not whole and re.fullmatch("[0-9a-f]{64}", text):
        return text[:PRINT_SHOWN] + "…"
    return VALUES.get(key, {}).get(text, text)
