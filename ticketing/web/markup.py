"""People's Markdown to safe HTML, and nothing else: no raw HTML in, an allow-list out.

Two walls: markdown-it with `html=False` escapes what looks like a tag, nh3 then keeps the allow-listed tags only.
Sizes are capped before either runs, because cleaning is slow on deep nesting.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt

#: Longest text turned into HTML, in characters; the desk accepts no more than this.
MAX_SOURCE = 10_000
#: Largest HTML handed to the cleaner, in characters: beyond it the text is shown plain.
MAX_HTML = 200_000

_TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr", "h3", "h4", "h5"}
_ATTRIBUTES: dict[str, set[str]] = {"a": {"href"}}

# Images are left out (they would call home), and so are tables and headings 1 and 2, which belong to the page.
_MARKDOWN = (
    MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False, "maxNesting": 12, "breaks": True})
    .enable([
        "emphasis", "backticks", "newline", "escape", "link", "autolink", "entity", "list", "blockquote", "fence",
        "code", "hr", "strikethrough",
    ])
)


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """Keep a link only when it is absolute http(s) or a mail address: « //host » and « javascript: » go."""
    if tag == "a" and attribute == "href":
        try:
            parts = urlsplit(value)
        except ValueError:
            return None
        if parts.scheme in ("http", "https") and parts.netloc:
            return value
        return value if parts.scheme == "mailto" else None
    return value


@lru_cache(maxsize=2048)
def to_html(source: str) -> str:
    """Safe HTML for `source` (Markdown). Lines are kept as typed. Never raises; too long a text is shown plain."""
    source = source[:MAX_SOURCE]
    rendered = _MARKDOWN.render(source)
    if len(rendered) > MAX_HTML or rendered.count("<blockquote>") > 20 or rendered.count("<ul>") + rendered.count("<ol>") > 200:
        return "<p>" + str(nh3.clean_text(source)) + "</p>"
    return nh3.clean(
        rendered, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto"}, link_rel="noopener noreferrer nofollow",
    )
