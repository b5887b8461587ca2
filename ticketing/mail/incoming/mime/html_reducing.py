"""HTML made small and shallow before it is cleaned: nh3 is quadratic on nesting. Pure.

What never shows (style, scripts, comments) goes, with every tag that says nothing of the text's shape; images written
in the page itself become files.
"""

from __future__ import annotations

import binascii
import html
import re

#: What is read of one page (bytes and tags), and what is left to clean (characters and nesting).
BYTES_MAX, TAGS_MAX, KEPT_MAX, DEPTH_MAX = 2 * 1024 * 1024, 60_000, 200_000, 25
DATA_IMAGES_MAX = 50
_DATA_IMAGE = re.compile(
    rb"data:(image/[a-z0-9.+-]{1,40})(?:;[a-z0-9=-]{1,40}){0,3};base64,([A-Za-z0-9+/=\s%]{1,40000000})", re.IGNORECASE
)
_HIDDEN = ("script", "style", "title", "head", "noscript", "template", "svg", "math", "object", "iframe", "select")
_VOID = frozenset({"br", "hr", "img"})
_NESTING = frozenset({"div", "table", "blockquote", "ul", "ol", "pre", "section", "article", "center"})
_FLAT = frozenset(
    {"a", "p", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "caption", "address"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})([^<>]*)>|<!--|<[!?][^<>]*>")
_ATTRIBUTE = re.compile(r"""(?:^|\s)(href|src|alt|start)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


def without_data_images(page: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return a page whose own images are named « cid:guichet-image-N », and these images with their types."""
    images: list[tuple[str, bytes]] = []

    def put_aside(found: re.Match[bytes]) -> bytes:
        coded = found[2].replace(b"%2B", b"+").replace(b"%2F", b"/").replace(b"%3D", b"=")
        try:
            content = binascii.a2b_base64(coded)
        except binascii.Error:
            return b"cid:"
        if len(images) >= DATA_IMAGES_MAX or len(content) < 200:  # a few bytes are a spacer, not an image
            return b"cid:"
        images.append((found[1].decode("ascii").lower(), content))
        return b"cid:guichet-image-%d" % len(images)

    return _DATA_IMAGE.sub(put_aside, page), images


def reduced(page: str) -> tuple[str, bool]:
    """Return a page without what does not show, and whether it had to be cut."""
    kept: list[str] = []
    size = at = tags = 0
    depth: list[str] = []
    ends = _Ends(page)
    while (found := _TAG.search(page, at)) and size < KEPT_MAX and tags < TAGS_MAX:
        tags += 1
        kept.append(text := page[at : found.start()])
        at = found.end()
        if found[0] == "<!--":
            at = ends.after("-->", at)
        elif found[2]:
            name = found[2].lower()
            if name in _HIDDEN and not found[1]:
                at = _hidden_end(ends, name, at)
            else:
                kept.append(tag := _tag(name, bool(found[1]), found[3], depth))
                size += len(tag)
        size += len(text)
    rest = page[at:] if size < KEPT_MAX and tags < TAGS_MAX else ""
    kept.append(rest[: KEPT_MAX - min(size, KEPT_MAX)])
    return "".join(kept), at + len(kept[-1]) < len(page)


def _tag(name: str, closing: bool, attributes: str, depth: list[str]) -> str:
    """Return what is kept of a tag: nothing of those that only colour, and of those nested too deep."""
    if name in _VOID:
        return f"<{name}{_attributes(name, attributes)}>"
    if name in _FLAT:
        return f"</{name}>" if closing else f"<{name}{_attributes(name, attributes)}>"
    if name == "o:p":
        return ""
    if name not in _NESTING:
        return ""
    if closing:
        if name not in depth:
            return ""
        while depth.pop() != name:  # what was left open inside ends here, as browsers do
            pass
        return f"</{name}>" if len(depth) < DEPTH_MAX else ""
    depth.append(name)
    return f"<{name}{_attributes(name, attributes)}>" if len(depth) <= DEPTH_MAX else ""


def _attributes(name: str, text: str) -> str:
    wanted = {"a": ("href",), "img": ("src", "alt"), "ol": ("start",)}.get(name)
    if not wanted:
        return ""
    kept: dict[str, str] = {}
    for key, double, single, bare in _ATTRIBUTE.findall(text[:8000]):
        if key.lower() in wanted:
            kept.setdefault(key.lower(), html.unescape(double or single or bare)[:2000])
    return "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items())


class _Ends:
    """Where marks of a page stand next; one that was not found is not looked for again."""

    def __init__(self, page: str) -> None:
        self.page = page
        self.missing: set[str] = set()

    def find(self, mark: str, at: int) -> int:
        """Return the place of the next such mark, or -1."""
        found = -1 if mark in self.missing else self.page.find(mark, at)
        if found < 0:
            self.missing.add(mark)
        return found

    def after(self, mark: str, at: int) -> int:
        """Return the place after the next such mark, or the same place where there is none."""
        found = self.find(mark, at)
        return found + len(mark) if found >= 0 else at


def _hidden_end(ends: _Ends, name: str, at: int) -> int:
    """Return where what does not show ends; a head that is not closed ends where the body begins."""
    for mark in (f"</{name}", f"</{name.upper()}"):
        found = ends.find(mark, at)
        if found >= 0:
            return ends.after(">", found)
    bodies = [found for mark in ("<body", "<BODY") if (found := ends.find(mark, at)) >= 0] if name == "head" else []
    return min(bodies, default=at)
