"""Static files: one stylesheet, one script, fonts and images, each under an address that contains its own hash.

Everything is read, bundled and compressed once, when the application starts, and served from memory (about 100 kB).
An operator's theme (`GUICHET_THEME_DIR`) may add `css/*.css`, `js/*.js`, `fonts/*` and `img/*`, and a `templates`
folder that overrides ours (`ui.html` first of all).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from ticketing.web.guards import guard

blueprint = Blueprint("assets", __name__)
guard(blueprint, "public")

STATIC = Path(__file__).resolve().parent.parent / "static"
EXTENSION = "guichet_assets"
FOR_EVER = "public, max-age=31536000, immutable"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
COMPRESSIBLE = frozenset({".css", ".js", ".svg"})

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_URL = re.compile(r"""url\(["']?(?!data:)([^"')]+)["']?\)""")


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served; `path` is its hashed name, `packed` its gzip form where that is smaller."""

    path: str
    body: bytes
    content_type: str
    etag: str
    packed: bytes | None = None


class Assets:
    """The bundle of files: plain names for templates (`app.css`), hashed names for browsers (`app.1f2e….css`)."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._by_path: dict[str, Asset] = {}
        self._urls: dict[str, str] = {}
        folders = [folder for folder in folders if folder.is_dir()]
        for kind in ("fonts", "img"):
            for file in _files(folders, kind, TYPES):
                self._add(file.name, file.read_bytes())
        self._add("app.css", self._stylesheet(_files(folders, "css", {".css"})).encode())
        scripts = _files(folders, "js", {".js"})
        self._add("app.js", "\n;\n".join(file.read_text("utf-8") for file in scripts).encode())

    def url(self, name: str) -> str:
        """Return the address of `name`. Raises KeyError when there is no such file: a template misspelt it."""
        return self._urls[name]

    def get(self, path: str) -> Asset | None:
        """Return the file served under the hashed `path`, or None."""
        return self._by_path.get(path)

    def _add(self, name: str, body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()[:16]
        stem, suffix = name.rsplit(".", 1)
        path = f"{stem}.{digest}.{suffix}"
        packed = gzip.compress(body, 9, mtime=0) if f".{suffix}" in COMPRESSIBLE else None
        if packed is not None and len(packed) >= len(body):
            packed = None
        self._by_path[path] = Asset(path, body, TYPES[f".{suffix}"], digest, packed)
        self._urls[name] = f"/static/{path}"

    def _stylesheet(self, files: list[Path]) -> str:
        """Join all stylesheets into one, without comments, and replace each `url(…)` by its hashed address."""
        text = "\n".join(file.read_text("utf-8") for file in files)
        lines = (line.strip() for line in _COMMENT.sub("", text).splitlines())
        compact = "\n".join(line for line in lines if line)
        return _URL.sub(lambda match: f'url("{self.url(Path(match[1]).name)}")', compact)


def _files(folders: Iterable[Path], kind: str, suffixes: Iterable[str]) -> list[Path]:
    """Return the files of `kind`: the program's own, then the theme's, each folder in the order of its names."""
    return [file for folder in folders for file in sorted((folder / kind).glob("*")) if file.suffix in suffixes]


def install(app: Flask) -> None:
    """Build the bundle of `app` and give templates `asset_url(name)`."""
    settings = app.config.get("GUICHET")
    theme = settings.theme_dir if settings else None
    assets = Assets([STATIC, *([theme] if theme else [])])
    app.extensions[EXTENSION] = assets
    app.jinja_env.globals["asset_url"] = assets.url


@blueprint.get("/static/<path:path>")
def static_file(path: str) -> AnyResponse:
    """Serve a file by its hashed name, cacheable for ever; abort with 404 for any other name."""
    asset: Asset | None = current_app.extensions[EXTENSION].get(path)
    if asset is None:
        abort(404)
    packed = asset.packed if request.accept_encodings.quality("gzip") > 0 else None
    response = Response(packed or asset.body, content_type=asset.content_type)
    if packed:
        response.content_encoding = "gzip"
    response.headers["Cache-Control"] = FOR_EVER
    if asset.packed:
        response.vary.add("Accept-Encoding")
    response.set_etag(f"{asset.etag}{'-gz' if packed else ''}")
    return response.make_conditional(request)
