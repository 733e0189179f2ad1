"""The headers a stored file is sent with, so that no route can forget what keeps a stranger's file inert.

Always an attachment, but for a picture that was drawn anew; never sniffed, never allowed to run or load anything even
where a browser shows it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from cop.files.kinds import Kind

_PLAIN_NAME = re.compile(r"[^A-Za-z0-9 ._()+-]")


def download_headers(filename: str, kind: Kind, size: int, sha256: str) -> dict[str, str]:
    """Return the response headers for a download; `size` in bytes.

    The name is given twice, as RFC 6266 asks: in ASCII for old clients, and in UTF-8 (RFC 8187).
    """
    plain = _PLAIN_NAME.sub("_", filename)
    return {
        "Content-Type": kind.media_type,
        "Content-Length": str(size),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "ETag": f'"{sha256}"',
    }


def picture_headers(filename: str, kind: Kind, size: int, sha256: str) -> dict[str, str]:
    """Return the response headers for a picture of `cop.files.pictures`, which a page shows; `size` in bytes."""
    if not kind.is_picture:
        raise ValueError("only a picture is shown")
    headers = download_headers(filename, kind, size, sha256)
    inline = headers["Content-Disposition"].replace("attachment", "inline", 1)
    return {**headers, "Content-Disposition": inline}
