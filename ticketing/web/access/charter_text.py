"""Turns a charter's Markdown into safe HTML, and compares two versions of it as plain values."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from charters.signing.differences import Change, differences, shortened

_TAGS = {"h2", "h3", "h4", "p", "ul", "ol", "li", "strong", "em", "blockquote", "hr", "br", "a"}


@lru_cache(maxsize=16)
def charter_html(markdown: str) -> Markup:
    """A charter's text as safe HTML; its first title is left out, the page says it."""
    body = markdown.split("\n", 1)[1] if markdown.startswith("# ") else markdown
    html = MarkdownIt("commonmark", {"html": False, "maxNesting": 12}).render(body)
    return Markup(nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}))  # noqa: S704 - cleaned just here


@lru_cache(maxsize=8)
def changes(before: str, after: str) -> tuple[Change | None, ...]:
    """What changes from one text to the other, with a line around; None: lines left out. Nothing when nothing does."""
    found = differences(before, after)
    return () if all(change.same for change in found) else shortened(found)


def plain_changes(before: str, after: str) -> tuple[Change | None, ...]:
    """The same for who signs: without the marks of Markdown, which writers alone know."""
    return changes(_unmarked(before), _unmarked(after))


def _unmarked(markdown: str) -> str:
    return re.sub(r"^#{1,6} +|\*\*", "", markdown, flags=re.MULTILINE)
