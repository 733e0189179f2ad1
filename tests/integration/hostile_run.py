"""Sends generated requests to a stage and judges the answers: no fault of ours, nothing slow, no way out of the house,
and no word that its sender may not read.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, partial
from io import BytesIO
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from tests.build.hostility import Generator, Hostile, Target
from tests.build.stage import Stage
from tests.integration.matrix_table import ORDER
from tests.integration.test_matrix import ROWS, things, typed

ALLOWED_SECONDS = 1.0
RESTORE_EVERY = 200
KNOWN_STATUS = frozenset((200, 204, 206, 301, 302, 303, 304, 308, *range(400, 432)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Headers
    body: bytes
    seconds: float


@dataclass
class Outcome:
    """How many of which status, what was slowest, and what was wrong."""

    statuses: Counter[int] = field(default_factory=Counter)
    routes: set[str] = field(default_factory=set)
    slowest: float = 0.0
    slowest_request: str = ""
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """It in one line."""
        return (
            f"{self.statuses.total():,} hostile requests, {dict(sorted(self.statuses.items()))}; "
            f"slowest {self.slowest * 1000:.0f} ms: {self.slowest_request[:400]}"
        )


def _environ(request: Hostile, cookies: str) -> dict[str, object]:
    path, _, query = request.path.partition("?")
    environ: dict[str, object] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    if cookies:
        environ["HTTP_COOKIE"] = cookies
    if request.content_type is not None:
        environ["CONTENT_TYPE"] = request.content_type
    for name, value in request.headers:
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return environ


def send(app: Flask, request: Hostile, cookies: str) -> Answer:
    """Send one request the way a web server would, its path and bytes as they stand."""
    began = time.perf_counter()
    # No client in between: it would mend what is broken.
    parts, status, headers = run_wsgi_app(app, _environ(request, cookies), buffered=True)
    body = b"".join(parts)
    return Answer(int(status.split()[0]), headers, body, time.perf_counter() - began)


def targets(stage: Stage) -> list[Target]:
    """Every row of the matrix as something to be attacked."""

    def fields(row_index: int, actor: str) -> dict[str, object]:
        return typed(stage, ROWS[row_index], actor)

    return [
        Target(row.method, row.address, things(stage, row.mode), partial(fields, number))
        for number, row in enumerate(ROWS)
    ]


def attack(stage: Stage, seed: int, numbers: Iterable[int]) -> Outcome:
    """Send these requests of a seed, one after the other; what they did is undone."""
    outcome = Outcome()

    @cache
    def bearer(actor: str) -> tuple[str, str]:
        """Somebody's CSRF token, and the cookies that belong to it."""
        visitor = stage.visitor(actor, fresh=True)
        visitor.get("/profile" if actor != "anonymous" else "/sign-in")
        jar = visitor._client._cookies or {}
        return visitor._token or "", "; ".join(cookie._to_request_header() for cookie in jar.values())

    stale = ("used0123456789abcdef" * 2, "A" * 43, "..", "0")
    generator = Generator(seed, targets(stage), ORDER, lambda actor: bearer(actor)[0], stale)
    for count, number in enumerate(numbers, start=1):
        request = generator.make(number)
        cookies = bearer(request.actor)[1]
        _judge(stage, outcome, request, cookies)
        if count % RESTORE_EVERY == 0:
            stage.restore()
    stage.restore()
    return outcome


def _judge(stage: Stage, outcome: Outcome, request: Hostile, cookies: str) -> None:
    try:
        answer = send(stage.app, request, cookies)
    except Exception as error:
        outcome.wrong.append(f"{type(error).__name__}: {error} from {request.words()}")
        return
    seconds = answer.seconds
    if answer.status < 400 and request.method not in ("GET", "HEAD"):
        stage.restore()
    for _ in range(2):
        # Something else may have been busy; what is slow is slow again.
        if seconds < ALLOWED_SECONDS:
            break
        seconds = min(seconds, send(stage.app, request, cookies).seconds)
        stage.restore()
    outcome.statuses[answer.status] += 1
    if seconds > outcome.slowest:
        outcome.slowest, outcome.slowest_request = seconds, request.words()
    outcome.wrong += [f"{fault} from {request.words()}" for fault in _faults(stage, request, answer)]
    if seconds >= ALLOWED_SECONDS:
        outcome.wrong.append(f"{seconds:.1f} s for {request.words()}")


def _faults(stage: Stage, request: Hostile, answer: Answer) -> list[str]:
    faults = []
    if answer.status not in KNOWN_STATUS:
        faults.append(f"status {answer.status}")
    location = answer.headers.get("Location", "")
    if urlsplit(location).netloc not in ("", "localhost") or location.startswith(("//", "/\\")):
        faults.append(f"sent away to {location[:200]}")
    shown = f"{answer.headers}\n{answer.body.decode('utf-8', 'replace')}"
    sent = f"{request.path}{request.body.decode('latin-1')}"
    faults += [f"shown {word}" for word in stage.leaked(request.actor, shown) if word not in sent]
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    if is_page and (b"<script>alert(1)" in answer.body or b"<img src=x" in answer.body):
        faults.append("mark-up as it was typed")
    return faults
