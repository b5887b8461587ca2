"""Convert a charter's Markdown to safe HTML, and compare two versions of a charter."""

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
    """Return a charter's text as safe HTML, without its first title, which the page shows itself."""
    body = markdown.split("\n", 1)[1] if markdown.startswith("# ") else markdown
    html = MarkdownIt("commonmark", {"html": False, "maxNesting": 12}).render(body)
    return Markup(nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}))  # noqa: S704 - cleaned just here


@lru_cache(maxsize=8)
def changes(before: str, after: str) -> tuple[Change | None, ...]:
    """Return the differences between two texts, with one unchanged line around each.

    None stands for lines left out. The tuple is empty where the texts are the same.
    """
    found = differences(before, after)
    return () if all(change.same for change in found) else shortened(found)


def plain_changes(before: str, after: str) -> tuple[Change | None, ...]:
    """Return the differences as a signer reads them: both texts are compared without their Markdown marks."""
    return changes(_unmarked(before), _unmarked(after))


def _unmarked(markdown: str) -> str:
    return re.sub(r"^#{1,6} +|\*\*", "", markdown, flags=re.MULTILINE)
