"""Read a `Request` from a JSON object. Each value is checked; an error has a code, a field and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from matrix.conventions import Conventions
from matrix.model import FACTS, Request
from matrix.request_facts import USER_GROUPS, YES_NO
from matrix.router import PARIS
from matrix.uai import checked_uai, expected_uai, uai_like

_IDS = ("etablissement", "service", "activity", "user_category", "acquired_by")
_KEYS = frozenset({"id", "etablissement", "service", "activity", "opened_at", *FACTS})


class RequestError(ValueError):
    """Raised for a request that cannot be routed: `code` is for programs, `message` for people; `field` is at fault."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        self.code, self.message, self.field = code, message, field
        super().__init__(message)


class RequestReader:
    """Reads requests against the ids that the agreements and the vocabulary know.

    `grouped`: whether a group of users (`USER_GROUPS`) may stand for a category, as on the pages; the contract of
    `guichet route` knows the lines of annexe 2 bis alone.
    """

    def __init__(self, conventions: Conventions, grouped: bool = False) -> None:
        vocabulary = conventions.vocabulary
        self._etablissements = conventions.etablissements.keys()
        self._services = vocabulary.services.keys()
        self._activities = vocabulary.activities.keys()
        self._categories = frozenset((*vocabulary.user_categories, *(USER_GROUPS if grouped else ())))
        self._conventions, self._declared = conventions, dict[str, frozenset[str]]()
        self._payers = frozenset(vocabulary.parties) - helpers(conventions)

    def read(self, given: Any, now: Callable[[], datetime]) -> Request:
        """The request that a JSON value states; `now` gives the time of a request that states none."""
        if type(given) is not dict:
            raise RequestError("not_an_object", 'Une ligne est un objet JSON : {"etablissement": …}.')
        if not given.keys() <= _KEYS:
            key = min(given.keys() - _KEYS)
            raise RequestError("unknown_key", f"« {key} » n'est pas un fait connu.", key)
        etablissement = self._checked_ids(given)
        opened, bought = given.get("opened_at"), given.get("acquired_on")
        answers: dict[str, Any] = {name: given.get(name) for name in YES_NO}
        for name, value in answers.items():
            if value is not None and type(value) is not bool:
                raise RequestError("wrong_type", f"« {name} » veut true, false ou null.", name)
        return Request(
            etablissement=etablissement,
            service=given["service"],
            activity=given["activity"],
            opened_at=now() if opened is None else read_moment(opened, "opened_at"),
            user_category=given.get("user_category"),
            acquired_by=given.get("acquired_by"),
            acquired_on=None if bought is None else read_day(bought, "acquired_on"),
            **answers,
        )

    def check(self, asked: Request) -> Request:
        """A request built by a program, with its ids checked; a fact that is an empty text becomes unknown (None).

        Raises RequestError as `read` does for an id that the agreements and the vocabulary do not know.
        """
        given = {name: getattr(asked, name) or None for name in _IDS}
        etablissement = self._checked_ids(given)
        category, payer = given["user_category"], given["acquired_by"]
        return replace(asked, etablissement=etablissement, user_category=category, acquired_by=payer)

    def _checked_ids(self, given: Mapping[str, Any]) -> str:
        """The établissement of a request, in capitals where it is an UAI, after a check of every id in the request."""
        etablissement = given.get("etablissement")
        if type(etablissement) is not str or etablissement not in self._etablissements:
            etablissement = self._etablissement(given)
        _known(given, "service", self._services, "Service inconnu :")
        _known(given, "activity", self._activities, "Activité inconnue :")
        category, payer = given.get("user_category"), given.get("acquired_by")
        if category is not None and (type(category) is not str or category not in self._categories):
            _known(given, "user_category", self._categories, "Catégorie d'utilisateur inconnue :")
        if payer is not None and (type(payer) is not str or payer not in self._payers_of(etablissement)):
            _known(given, "acquired_by", self._payers_of(etablissement), "Payeur inconnu :")
        return etablissement

    def _payers_of(self, etablissement: str) -> frozenset[str]:
        """Who may have paid there: the shared list, and the parties that the établissement's own agreements declare."""
        known = self._declared.get(etablissement)
        if known is None:
            mine = {party for one in self._conventions.of(etablissement) for party in one.parties}
            known = self._declared[etablissement] = self._payers - (self._conventions.vocabulary.declared - mine)
        return known

    def _etablissement(self, given: Mapping[str, Any]) -> str:
        """The établissement whose UAI was typed in small letters; raises `RequestError` where there is none."""
        value = given.get("etablissement")
        if type(value) is str and uai_like(value):
            uai = checked_uai(value)
            if uai is None:
                right = expected_uai(value)
                sentence = f"« {value} » n'est pas un UAI : ses sept chiffres veulent la lettre {right[-1]}."
                raise RequestError("invalid_uai", sentence, "etablissement")
            given = {**given, "etablissement": uai}
        return _known(given, "etablissement", self._etablissements, "Aucune convention ne nomme l'établissement")


def helpers(conventions: Conventions) -> frozenset[str]:
    """The parties that only help, in every agreement that names them, so that they never pay: Réseau Canopé."""
    bodies = [(name, body) for one in conventions for name, body in one.parties.items()]
    paying = {name for name, body in bodies if not body.contributor_only}
    return frozenset({"canope", *(name for name, body in bodies if body.contributor_only)} - (paying - {"canope"}))


def _known(given: Mapping[str, Any], field: str, known: Any, sentence: str) -> str:
    value = given.get(field)
    if value is None:
        raise RequestError("missing_field", f"« {field} » manque.", field)
    if type(value) is not str:
        raise RequestError("wrong_type", f"« {field} » veut un texte.", field)
    if value not in known:
        raise RequestError(f"unknown_{field}", f"{sentence} « {value[:80]} ».", field)
    return value


def read_moment(value: Any, field: str) -> datetime:
    """An ISO date or time as a moment in Europe/Paris. Without a zone it is already there; a date alone is midnight."""
    if type(value) is not str:
        raise RequestError("wrong_type", f"« {field} » veut une date en texte, « 2026-11-20T09:30 ».", field)
    try:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo is None else moment.astimezone(PARIS)
    except (ValueError, OverflowError):
        raise RequestError("invalid_date", f"« {field} » n'est pas une date : « {value[:40]} ».", field) from None


def read_day(value: Any, field: str) -> date:
    """The day of an ISO date given as text; a `date` is returned as it is."""
    if type(value) is date:
        return value
    if type(value) is not str:
        raise RequestError("wrong_type", f"« {field} » veut une date en texte, « 2026-11-20 ».", field)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise RequestError("invalid_date", f"« {field} » n'est pas une date : « {value[:40]} ».", field) from None
