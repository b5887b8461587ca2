"""The rules: which party answers for a ticket, and the clause of the agreement that says so.

This package knows no web, no database, no clock and no environment; it can be used alone:

    from matrix import Request, Router, load_conventions
    decision = Router(load_conventions()).route(Request(...))
"""

from matrix.conventions import Conventions, load_conventions
from matrix.files import ConventionError
from matrix.model import Citation, Convention, Decision, Etablissement, Recorded, Request
from matrix.requests import RequestError, RequestReader
from matrix.router import Router, UnknownEtablissement

__all__ = [
    "Citation",
    "Convention",
    "ConventionError",
    "Conventions",
    "Decision",
    "Etablissement",
    "Recorded",
    "Request",
    "RequestError",
    "RequestReader",
    "Router",
    "UnknownEtablissement",
    "load_conventions",
]
