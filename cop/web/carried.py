"""What somebody had typed when their session turned out to have ended: it is carried through signing in.

Nobody is known yet who sends this, so nothing is taken in. A form with an upload is read as it comes: its typed text is
kept, a file is thrown away piece by piece, in memory that does not grow with it, and has to be chosen again. It is read
to its end, because a browser that is interrupted while it sends shows an error of its own and no page of ours.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, NeedData

from cop.kernel.access import ANONYMOUS
from cop.kernel.errors import RateLimited
from cop.web import limits
from cop.web.edge import Carried, edge
from cop.web.forms import CSRF_FIELD
from cop.web.multipart import Decoder
from cop.web.origin import from_our_own_page

FIELDS = 60
TEXT = 200_000
"""Characters of all fields together."""
FORM = 1024 * 1024
"""Bytes of a body that anybody's may have. What is larger holds a file, and is read in one of a few places."""
PACKED = 400_000
"""Characters of all that is carried, as the sign-in form holds it."""
PIECE = 64 * 1024
AT_ONCE = 4
SECONDS = 120.0
"""How long a large body may take: an upload as large as they may be, over a line that is worth the name."""

_places = threading.BoundedSemaphore(AT_ONCE)


class _NotCarried(Exception):
    """It was too much. Then nothing is carried, because a part of what was typed would look like all of it."""


def carried_fields() -> Carried:
    """Typed fields of a POST that was refused, without the old CSRF token.

    A browser leaves our cookie out of a POST from another site, so whoever is signed in looks signed out in it: what
    that site chose must not be offered to them, after signing in, as something they had typed themselves.
    """
    if request.method != "POST" or not from_our_own_page():
        return []
    try:
        if "form" in vars(request):
            pairs = _checked(request.form, [name for name, file in request.files.items() if file.filename])
        elif request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = FORM
            pairs = _checked(request.form, [])
        elif request.mimetype == "multipart/form-data":
            pairs = _from_parts()
        else:
            return []
    except (_NotCarried, RequestEntityTooLarge, RateLimited, BadRequest, OSError, ValueError):
        return []
    return pairs


def _checked(form: MultiDict[str, str], files: list[str]) -> Carried:
    fields = [(name, text) for name, text in form.items(multi=True) if name != CSRF_FIELD]
    secret = any("password" in name for name, _ in fields)
    if secret or len(fields) + len(files) > FIELDS or sum(len(text) for _, text in fields) > TEXT:
        raise _NotCarried
    return [*fields, *((name,) for name in dict.fromkeys(files))]


def _from_parts() -> Carried:
    if request.content_length is not None and request.content_length <= FORM:
        request.max_content_length = FORM
        return _read_parts()
    # As much as an upload may have from somebody who is signed in: a stranger pays for it like for a change.
    request.max_content_length = edge().settings.max_upload_body
    limits.spend(ANONYMOUS)
    with _place(), _deadline():
        return _read_parts()


@contextmanager
def _place() -> Iterator[None]:
    """One of the few places in which large bodies are read: strangers can fill these, and not the whole server."""
    if not _places.acquire(blocking=False):
        raise _NotCarried
    try:
        yield
    finally:
        _places.release()


@contextmanager
def _deadline() -> Iterator[None]:
    """Wait no longer for a client that takes more than `SECONDS`; what we say to it is sent as usual.

    The connection itself has to be told: the server's own reading waits for whole pieces, however slowly they come.
    Once it waits for nothing any more, the next moment in which nothing has come is an error.
    """
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    patience = connection.gettimeout()
    timer = threading.Timer(SECONDS, connection.settimeout, (0.0,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        # It may be at work in this very moment.
        timer.join()
        connection.settimeout(patience)


def _read_parts() -> Carried:
    """Read a multipart body to its end and keep its text. No more is held than a piece, and `TEXT` of text."""
    boundary = request.mimetype_params.get("boundary", "").encode("ascii")
    if not boundary:
        return []
    # What comes without an end (a header, whatever is before the first part) is refused by the decoder itself.
    decoder = Decoder(boundary, max_form_memory_size=2 * PIECE, max_parts=FIELDS + 1)
    parts = _Parts()
    delimiter, seam, delimiters = b"--" + boundary, b"", 0
    while True:
        piece = request.stream.read(PIECE)
        # One that ends no part takes the decoder fifty times as long as any other content (measured).
        delimiters += (seam + piece).count(delimiter)
        if delimiters > FIELDS + 2:
            raise _NotCarried
        seam = piece[1 - len(delimiter) :]
        decoder.receive_data(piece or None)
        parts.take(decoder)
        if not piece:
            return parts.found()


class _Parts:
    """The parts of a body so far: typed text, and the names of the fields in which a file was chosen."""

    def __init__(self) -> None:
        self._fields: list[tuple[str, list[bytes]]] = []
        self._files: list[str] = []
        self._size = 0
        self._text: list[bytes] | None = None

    def take(self, decoder: Decoder) -> None:
        """Take what the decoder has understood by now; the content of files goes nowhere."""
        while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
            if isinstance(event, Field):
                self._text = []
                # A part without a name says nothing that could be sent again.
                if event.name:
                    self._fields.append((event.name, self._text))
            elif isinstance(event, File):
                self._text = None
                # A browser sends an empty part for a file that nobody chose.
                if event.name and event.filename:
                    self._files.append(event.name)
            elif isinstance(event, Data) and self._text is not None:
                self._text.append(event.data)
                self._size += len(event.data)
                # A character has four bytes at most, so the text is too long in any case.
                if self._size > 4 * TEXT:
                    raise _NotCarried

    def found(self) -> Carried:
        """What is carried of a body that came to its end."""
        form = MultiDict((name, b"".join(text).decode("utf-8", "replace")) for name, text in self._fields)
        return _checked(form, self._files)


def pack(carried: Carried) -> str:
    """What is carried as text for a hidden field, empty when there is nothing."""
    return json.dumps(carried) if carried else ""


def unpack(text: str) -> Carried:
    """What is carried, as `pack` wrote it and a browser sent it back; nothing when it does not parse.

    JSON can say half a surrogate pair, which no page can: it becomes a question mark.
    """
    if not text or len(text) > PACKED:
        return []
    try:
        carried = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(carried, list):
        return []
    return [
        tuple(_sendable(part) for part in each)
        for each in carried
        if isinstance(each, list) and len(each) in (1, 2) and all(isinstance(part, str) for part in each)
    ]


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
