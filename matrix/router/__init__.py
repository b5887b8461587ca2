"""The router: from the facts of a ticket to the party that answers for it.

decision = Router(conventions, recorded).route(Request(...))
"""

from matrix.router.router import Router, UnknownEtablissement
from matrix.router.school_time_cell import PARIS

__all__ = ["PARIS", "Router", "UnknownEtablissement"]
