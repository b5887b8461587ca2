"""Pieces of pages that come out the same for many readers, rendered once: a clause, empty fields, a line of a queue.

A piece is known by everything that it shows, so it is never stale and never another perimeter's. Nothing of a session
(no form token, no name of the reader) may be in one.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from flask import current_app
from markupsafe import Markup

_MOST = 4096


def piece(template: str, macro: str, key: Hashable, *args: Any) -> Markup:
    """What `macro` of `template` gives for `args`; those that can be called are, when it is rendered.

    `key` must tell apart whatever `args` can make it show.
    """
    kept: dict[Hashable, Markup] = current_app.extensions.setdefault("guichet_pieces", {})
    whole = (template, macro, key)
    found = kept.get(whole)
    if found is None:
        found = fresh(template, macro, *(arg() if callable(arg) else arg for arg in args))
        if len(kept) >= _MOST:
            kept.clear()
        kept[whole] = found
    return found


def fresh(template: str, macro: str, *args: Any) -> Markup:
    """The same, rendered now and not kept: for what somebody typed."""
    return Markup(getattr(current_app.jinja_env.get_template(template).module, macro)(*args))  # noqa: S704
