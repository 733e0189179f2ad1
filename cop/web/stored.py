"""Sending a stored file: in parts if a browser asks for a part, and not again if it has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

PIECE = 1 << 18
"""Bytes read at a time."""


def send(stream: BinaryIO, *, size: int, headers: Mapping[str, str]) -> Response:
    """An answer of the `size` bytes of an open file, which is closed when it was sent.

    Call it last in a view: it is sent after the transaction ended, so a slow reader holds no connection.
    """
    # A browser may keep it, but asks each time whether it may still be shown.
    headers = {**headers, "Cache-Control": "private, no-cache"}
    # Not the server's own wrapper: that one cannot seek, so a part from the end would be read from the start.
    response = Response(FileWrapper(stream, PIECE), headers=headers, direct_passthrough=True)
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    if request.method == "HEAD" or response.status_code == 304:
        # Neither has a body, so the server never comes to the point of closing it.
        response.close()
    return response
