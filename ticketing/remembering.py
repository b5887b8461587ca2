"""Remember what a function made of an object that is the same one, without comparing what the object holds. Pure.

An académie's lists offer six hundred établissements: comparing them at each page costs more than the page itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")
Others = ParamSpec("Others")

MOST = 64


def for_the_same(function: Callable[Concatenate[Given, Others], Made]) -> Callable[Concatenate[Given, Others], Made]:
    """Return `function`, remembering its last results for a first argument that is the same object.

    That argument must never change, and what else the result depends on must be among the `others`, all hashable.
    """
    kept: dict[tuple[Hashable, ...], tuple[Given, Made]] = {}

    @wraps(function)
    def remembered(given: Given, /, *others: Others.args, **named: Others.kwargs) -> Made:
        key = (id(given), *others, *named.items())
        found = kept.get(key)
        if found is not None and found[0] is given:  # it is kept, so that no other object gets its id
            return found[1]
        made = function(given, *others, **named)
        if len(kept) >= MOST:
            kept.clear()
        kept[key] = given, made
        return made

    return remembered
