"""The log of web and worker holds no word that anybody typed, no name, no address, no token, and no forged line."""

from __future__ import annotations

import io
import json
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import websocket
from sqlalchemy import text

from cop.app import build_worker, open_post
from cop.files import pending
from cop.kernel.access import SYSTEM
from cop.kernel.db import Tx
from cop.kernel.logs import AsJson, AsText
from cop.library import queries as library
from cop.mail import service as mail
from cop.mail.transport import Refused, ServerDown
from cop.threads import service as threads
from tests.build.databases import SqliteMaker
from tests.build.servers import Server, checkout_command
from tests.build.stage import Stage
from tests.integration.mail_table import LETTERS
from tests.integration.matrix_table import rows
from tests.integration.test_matrix import ROWS, things, typed
from tests.integration.test_serve import migrate, own_environment

WHO = ("anonymous", "member", "lead", "admin")
FORGED = 'canary%0d%0a{"level":"forged"}'


class Log:
    """What was logged, in both forms, at every level."""

    def __init__(self) -> None:
        self.as_json, self.as_text = io.StringIO(), io.StringIO()
        self.handlers = []
        for stream, form in ((self.as_json, AsJson), (self.as_text, AsText)):
            handler = logging.StreamHandler(stream)
            handler.setFormatter(form(quoting=False))
            self.handlers.append(handler)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line as JSON."""
        return [json.loads(line) for line in self.as_json.getvalue().splitlines()]


@pytest.fixture(scope="module")
def stage(sqlite_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world with a canary in every field."""
    url = sqlite_maker.fresh()
    made = Stage(url, tmp_path_factory.mktemp("stage"))
    yield made
    made.close()
    sqlite_maker.drop(url)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """All that is logged meanwhile, beside what else listens."""
    log, root = Log(), logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    for handler in log.handlers:
        root.addHandler(handler)
    yield log
    for handler in log.handlers:
        root.removeHandler(handler)


def secrets_of(stage: Stage) -> list[str]:
    """Tokens of links, calendars and sessions: whoever has one is somebody, or learns something."""
    arrivals = [value for value in stage.world.arrivals.values() if isinstance(value, str)]
    return [*arrivals, *stage.world.calendars.values(), *stage.tokens.values(), *stage.world.secrets]


def check(stage: Stage, log: Log) -> None:
    """No word of the world, no address, no token in either form."""
    for said in (log.as_json.getvalue(), log.as_text.getvalue()):
        assert said
        words = ("canary", "@", "Given ", "%0d", "forged", "127.0.0.1")
        assert not [line for line in said.splitlines() if any(word in line for word in words)]
        assert not [line for line in said.splitlines() if any(token in line for token in secrets_of(stage))]


@contextmanager
def asked_for_json(stage: Stage) -> Iterator[None]:
    """The application logs requests, as it does where the log is JSON."""
    settings = stage.app.extensions["cop"].settings
    object.__setattr__(settings, "log_format", "json")
    try:
        yield
    finally:
        object.__setattr__(settings, "log_format", "text")


def test_pages_and_acts(stage: Stage, log: Log) -> None:
    paths = sorted({row.address.format(**things(stage, "open")) for row in rows() if row.method == "GET"})
    with asked_for_json(stage):
        for name in WHO:
            for path in paths:
                stage.visitor(name).fetch(path).close()
            for odd in (f"/library/{FORGED}", f"/search?q={FORGED}", "/x%1b[31m", f"/library?after={FORGED}"):
                stage.visitor(name).fetch(odd).close()
        for row in ROWS:
            if row.method == "POST" and row.mode in ("open", "each", "any"):
                path = row.address.format(**things(stage, "open"))
                with suppress(AssertionError):
                    stage.visitor("lead", fresh=True).post(path, check=False, **typed(stage, row, "lead"))
                stage.restore()
    check(stage, log)
    told = [line for line in log.lines if line["message"] == "answered"]
    assert len(told) > len(paths) * len(WHO)
    assert {line["actor"] for line in told} >= {"anonymous", "council"}
    assert "GET /library/<int:asset_id>" in {line["route"] for line in told}
    assert {200, 303, 403, 404} <= {line["status"] for line in told}
    assert all(line["ms"] >= 0 and len(line["request"]) == 16 for line in told)


def test_faults_of_the_program(stage: Stage, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(actor: object, *, tx: Tx, **more: object) -> None:
        raise ValueError(f"canaryvalue of {actor}: {more}")

    def wrong_in_sql(actor: object, *, tx: Tx, **more: object) -> None:
        tx.session.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "canaryparameter"})

    address = f"/threads/{stage.world.places['open'].thread}"
    with monkeypatch.context() as patch:
        patch.setattr(library, "listing", wrong)
        patch.setattr(threads, "reply", wrong_in_sql)
        member = stage.visitor("member", fresh=True)
        member.get(f"/library?kind=guide&x={FORGED}", status=500, check=False).close()
        member.post(address, status=500, check=False, body="canarybody", key="x" * 20)
    check(stage, log)
    errors = [line for line in log.lines if line["level"] == "error"]
    assert [line["message"] for line in errors] == [
        "GET /library failed",
        "POST /threads/<int:thread_id> failed",
    ]
    assert errors[0]["error"] == ["ValueError"]
    assert errors[0]["where"][-1].endswith(" wrong")
    assert errors[1]["error"] == ["sqlalchemy.exc.OperationalError", "sqlite3.OperationalError"]


class Fails:
    """A way out that does not let mail through, in the words of a mail server."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, message: EmailMessage) -> None:
        """Never."""
        raise self.error


def test_mails_that_go_out_or_do_not(stage: Stage, log: Log) -> None:
    post = open_post(stage.settings)
    errors = (Refused(550), ServerDown("454"), RuntimeError("<canarylead@testshire.example> is unknown"))
    for purpose, cases in LETTERS.items():
        for case in cases.values():
            for error in errors:
                post._transport = Fails(error)
                subject_id = case.subject(stage, "lead")
                with stage.db.transaction(write=True) as tx:
                    mail.queue(SYSTEM, tx=tx, purpose=purpose, subject_id=subject_id)
                worker = build_worker(stage.settings, stage.db)
                worker.consumers = [post.consumer()]
                worker.drain()
                stage.restore()
    check(stage, log)
    assert "was refused by the mail server with 550" in log.as_text.getvalue()
    assert "RuntimeError" in log.as_text.getvalue()


def test_the_worker_over_a_document(stage: Stage, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args: object) -> None:
        raise UnicodeDecodeError("utf-8", b"canarytext", 0, 1, "canaryreason")

    monkeypatch.setattr(pending, "extract", wrong)
    with stage.db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE file_text SET status = 'pending', extractor_version = 0"))
        tx.session.execute(
            text(
                "INSERT INTO delivery (event_id, consumer, attempts, parked, not_before) "
                "SELECT id, 'extract', 0, false, at FROM event WHERE kind = 'FileStored'"
            )
        )
    build_worker(stage.settings, stage.db).drain()
    stage.restore()
    check(stage, log)
    assert "UnicodeDecodeError" in log.as_text.getvalue()


def raw(port: int, sent: bytes) -> None:
    """Bytes as they are, whatever the server makes of them."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        with suppress(OSError):
            connection.recv(4096)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_real_server_writes_one_line_for_each_thing(form: str, tmp_path: Path) -> None:
    env = own_environment(
        tmp_path / "var", COP_LOG_FORMAT=form, COP_LOG_LEVEL="debug", COP_PUBLIC_URL="http://127.0.0.1:8000"
    )
    migrate(env)
    env["COP_LOG_LEVEL"] = "info"
    with Server(checkout_command(), env, Path.cwd(), tmp_path) as server:
        paths = ("/", f"/library?q={FORGED}", "/calendar/canarytoken/team-1.ics", f"/{FORGED}", "/healthz")
        for path in paths:
            server.get(path.replace('"', "%22"))
        raw(server.port, b"GET /canary HTTP/1.1\r\nX Bad canary: \x01\r\n\r\n")
        raw(server.port, b"CANARY canary canary\r\n\r\n")
        raw(server.port, b"GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n")
        for hello in ("0canary", '42["join","canary"]', "\x01canary"):
            with suppress(Exception):
                live = websocket.create_connection(
                    f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket&x=canary",
                    timeout=5,
                    origin="http://127.0.0.1:8000",
                )
                live.recv()
                live.send("40")
                live.send(hello)
                live.recv()
                live.close()
        assert server.interrupt() in (0, -signal.SIGINT)
        said = server.errors()
    assert said
    assert "canary" not in said
    assert "forged" not in said
    if form == "json":
        lines = [json.loads(line) for line in said.splitlines()]
        answered = {line.get("route") for line in lines if line["message"] == "answered"}
        assert {"GET /", "GET /library", "GET /healthz", "GET (no page)"} <= answered
        assert any(str(route).startswith("GET /calendar/<") for route in answered)
        assert any(line["logger"] == "gunicorn.error" for line in lines)
