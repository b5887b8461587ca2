"""Cache of rendered fragments that are the same for many readers: a clause, empty fields, a line of a queue.

Everything that a fragment shows is part of its key, so that it is never stale nor shown in another perimeter. It may
contain nothing of a session (no form token, no name of the reader) and nothing of a request: an address that
`url_for` makes begins with the request's prefix, which a client could choose. `path_of` makes the address of a page.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from flask import current_app
from markupsafe import Markup

from ticketing.in_force import signed_texts

_MOST = 4096


def piece(template: str, macro: str, key: Hashable, *args: Any) -> Markup:
    """Return what `macro` of `template` renders for `args`, from the cache if it is there.

    Arguments that are callable are called only when the macro is rendered. `key` must differ wherever `args` can make
    the macro show something else.
    """
    kept: dict[Hashable, Markup] = current_app.extensions.setdefault("guichet_pieces", {})
    whole = (template, macro, key, signed_texts.stamp())  # a citation leads to its text while the text is there
    found = kept.get(whole)
    if found is None:
        found = fresh(template, macro, *(arg() if callable(arg) else arg for arg in args))
        if len(kept) >= _MOST:
            kept.clear()
        kept[whole] = found
    return found


def path_of(endpoint: str, **values: Any) -> str:
    """Return the path of a page from the root of the site, the same whatever the request: neither host nor prefix."""
    return current_app.url_map.bind("").build(endpoint, values)


def fresh(template: str, macro: str, *args: Any) -> Markup:
    """Return what `macro` of `template` renders for `args`, without caching it: for text that somebody typed."""
    return Markup(getattr(current_app.jinja_env.get_template(template).module, macro)(*args))  # noqa: S704
