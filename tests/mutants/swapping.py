"""The functions of an imported module get the code of another text of it, in place, so that every importer sees it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import CodeType, FunctionType


def swappable(path: str, before: str, after: str) -> bool:
    """Whether all that differs between two texts of a module is inside functions that can get the other code."""
    pairs = _pairs(path, before, after)
    if pairs is None:
        return False
    found = _functions(path)
    return bool(pairs) and all(
        old in found and len(old.co_freevars) == len(new.co_freevars) for old, new in pairs.items()
    )


def swap(path: str, before: str, after: str) -> None:
    """Give the functions of a module the code that another text of it has for them."""
    pairs = _pairs(path, before, after) or {}
    for old, functions in _functions(path).items():
        if old in pairs:
            for function in functions:
                function.__code__ = pairs[old]


def _pairs(path: str, before: str, after: str) -> dict[CodeType, CodeType] | None:
    """The outermost functions whose code differs, with the other code; None where what differs is not in a function."""
    old, new = compile(before, path, "exec"), compile(after, path, "exec")
    found: dict[CodeType, CodeType] = {}
    return found if _walk(old, new, found) else None


def _walk(old: CodeType, new: CodeType, found: dict[CodeType, CodeType]) -> bool:
    """Note the functions that differ below a module or a class body; whether that body itself is the same."""
    olds, news = list(_inner(old)), list(_inner(new))
    if _body(old) != _body(new) or [one.co_name for one in olds] != [one.co_name for one in news]:
        return False
    for one, other in zip(olds, news, strict=True):
        if _shape(one) == _shape(other):
            continue
        if one.co_flags & 0x2:  # its variables are its own: a function, not a class body
            found[one] = other
        elif not _walk(one, other, found):
            return False
    return True


def _inner(code: CodeType) -> Iterator[CodeType]:
    return (one for one in code.co_consts if isinstance(one, CodeType))


def _body(code: CodeType) -> object:
    consts = tuple((type(one), one) for one in code.co_consts if not isinstance(one, CodeType))
    return code.co_code, code.co_names, repr(consts)


def _shape(code: CodeType) -> object:
    """What a code does, wherever it stands."""
    return _body(code), code.co_varnames, code.co_freevars, tuple(_shape(one) for one in _inner(code))


def _functions(path: str) -> dict[CodeType, list[FunctionType]]:
    gc.unfreeze()  # `conftest.py` puts aside what is there at the end of the collection, these functions among it
    every = gc.get_objects()
    gc.freeze()
    found: dict[CodeType, list[FunctionType]] = {}
    for one in every:
        if isinstance(one, FunctionType) and one.__code__.co_filename == path:
            found.setdefault(one.__code__, []).append(one)
    return found
