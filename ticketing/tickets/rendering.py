"""Turn what people write into safe HTML: Markdown without raw HTML, reduced to a closed list of tags.

A text without any mark of Markdown, as most are, skips the parser: it is escaped and divided into paragraphs.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import escape
from typing import Any

TAGS = {
    "p",
    "br",
    "em",
    "strong",
    "s",
    "code",
    "pre",
    "ul",
    "ol",
    "li",
    "blockquote",
    "a",
    "hr",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_MARKUP = re.compile(r"[*_`#\[\]<>|~\\!]|^\s*(?:[-+=]|\d+[.)])|^(?: {4}|\t)|https?://|&", re.MULTILINE)


@lru_cache(maxsize=2_000)
def render(text: str) -> str:
    """Return the safe HTML of a text as typed, with its lines and paragraphs; an empty text gives an empty one."""
    if not text:
        return ""
    if not _MARKUP.search(text):
        paragraphs = (part.strip("\n") for part in re.split(r"\n\s*\n", text))
        return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)
    import nh3

    html: str = nh3.clean(
        _markdown().render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=_safe_value,
    )
    return html.strip()


def _safe_value(tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value, None to drop it: « //ailleurs » would mislead; a list says where it starts."""
    if attribute == "start":
        return value if value.isascii() and value.isdigit() and len(value) < 10 else None
    return value if value.startswith(("http://", "https://", "mailto:")) else None


@cache
def _markdown() -> Any:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").enable("strikethrough")
    # Headings of a comment stay below those of the page; pictures are files to attach.
    markdown.disable("image")

    def deeper(state: Any) -> None:
        for token in state.tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(6, int(token.tag[1]) + 2)}"

    markdown.core.ruler.push("deeper_headings", deeper)
    return markdown
