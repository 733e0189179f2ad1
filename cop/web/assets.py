"""Static files: read once, kept in memory plain and compressed, and kept by browsers for a year.

The address of a file carries a hash of its content, so what lies in a browser's cache is never out of date. That must
hold for what a file names itself: the font in a style sheet and the modules that a module imports get their hash when
the file is read. Without it a page would ask after each of them again, and a new module could run with an old one.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import posixpath
import re
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, Response, abort, request
from werkzeug.security import safe_join

from cop.paths import STATIC

A_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
"""For an address without the hash of what the file is now: a browser keeps it, and asks whether it still holds."""

# Said here: what the system says differs from machine to machine, and a browser runs no module of another type.
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_COMPRESSIBLE = frozenset({"text/css", "text/javascript", "image/svg+xml"})
_LEVEL = 9
_NAMES_OTHERS = re.compile(
    r"""(?P<before>\burl\(|\bfrom\s*"|\bimport\("|\bimport\s*")(?P<name>\.\.?/[\w./-]+)(?P<after>\)|")"""
)
"""An address in one of our own style sheets or modules. Vendored files name nothing, so that they stay as they came."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file as it is sent; `gzipped` is None where compressing gains nothing."""

    version: str
    mimetype: str
    plain: bytes
    gzipped: bytes | None


def static_url(name: str) -> str:
    """Address of a static file with a hash of its content, so that it may be cached for a year."""
    return f"/static/{name}?v={asset(name).version}"


@lru_cache(maxsize=256)
def asset(name: str) -> Asset:
    """The file of this name below `static`; FileNotFoundError for any other. A changed file shows after a restart."""
    place = safe_join(str(STATIC), name)
    if place is None:
        raise FileNotFoundError(name)
    mimetype = _TYPES.get(posixpath.splitext(name)[1]) or mimetypes.guess_type(name)[0] or "text/plain"
    with open(place, "rb") as file:
        content = file.read()
    if name.startswith(("css/", "js/")):
        content = _with_versions(name, content)
    small = gzip.compress(content, _LEVEL, mtime=0) if mimetype in _COMPRESSIBLE else None
    if small is not None and len(small) >= len(content):
        small = None
    return Asset(hashlib.sha256(content).hexdigest()[:12], mimetype, content, small)


def _with_versions(name: str, content: bytes) -> bytes:
    """The text with a hash in each address of another file, which its own hash then covers as well."""

    def versioned(found: re.Match[str]) -> str:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), found["name"]))
        return f"{found['before']}{found['name']}?v={asset(other).version}{found['after']}"

    lines = content.decode("utf-8").splitlines(keepends=True)
    # A comment may show how a module is imported; what it names need not exist.
    return "".join(
        line if line.startswith("//") else _NAMES_OTHERS.sub(versioned, line) for line in lines
    ).encode("utf-8")


def accepts_gzip() -> bool:
    """Whether this request takes a compressed answer."""
    return bool(request.accept_encodings.quality("gzip") > 0)


def _serve(filename: str) -> Response:
    try:
        found = asset(filename)
    except OSError:
        # Missing, or a folder.
        abort(404)
    compressed = found.gzipped is not None and accepts_gzip()
    response = Response(found.gzipped if compressed else found.plain, mimetype=found.mimetype)
    if found.gzipped is not None:
        response.vary.add("Accept-Encoding")
    if compressed:
        response.content_encoding = "gzip"
    response.set_etag(f"{found.version}-gzip" if compressed else found.version)
    known = request.args.get("v") == found.version
    response.headers["Cache-Control"] = A_YEAR if known else ASK_AGAIN
    response.make_conditional(request)
    return response


def install(app: Flask) -> None:
    """Serve the static files, in the place of Flask's own way, which reads them from the disk each time."""
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=_serve)
