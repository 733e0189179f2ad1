"""What the log says, and what it never does: words that people typed, values of variables, lines that were forged."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest

from cop.kernel import logs
from cop.kernel.logs import AsJson, AsText

SECRET = "canarysecret"
Write = Callable[[logging.Formatter], "Written"]


class Written:
    """A root logger of its own with one of our formats, and what was written to it."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        self.root = logging.RootLogger(logging.DEBUG)
        handler = logging.StreamHandler(self.stream)
        handler.setFormatter(formatter)
        self.root.addHandler(handler)
        self._manager = logging.Manager(self.root)

    def logger(self, name: str) -> logging.Logger:
        """A logger of that name."""
        return self._manager.getLogger(name)

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, object]]:
        """All of it as JSON, a line each."""
        return [json.loads(line) for line in self.text.splitlines()]


def _fails(value: str) -> None:
    local = value * 2
    raise ValueError(f"could not read {local}")


def _fails_deeper(value: str) -> None:
    try:
        _fails(value)
    except ValueError as error:
        raise RuntimeError(value) from error


def test_an_error_says_its_kind_and_where_it_happened_and_nothing_it_said() -> None:
    written = Written(AsJson(quoting=False))
    try:
        _fails_deeper(SECRET)
    except RuntimeError:
        written.logger("cop.web.errors").exception("%s failed", "GET /library")
    assert SECRET not in written.text
    (line,) = written.lines
    assert line["message"] == "GET /library failed"
    assert line["level"] == "error"
    assert line["error"] == ["RuntimeError", "ValueError"]
    places = line["where"]
    assert isinstance(places, list)
    assert any(place.endswith(" _fails") for place in places)


@pytest.mark.parametrize("formatter", [AsText(quoting=True), AsJson(quoting=True)])
def test_in_the_demonstration_it_is_quoted_in_one_line(formatter: logging.Formatter) -> None:
    written = Written(formatter)
    try:
        _fails(f"{SECRET}\n2026-01-01 ERROR forged")
    except ValueError:
        written.logger("cop.web.errors").exception("failed")
    assert SECRET in written.text
    assert not [line for line in written.text.splitlines() if line.startswith("2026-01-01 ERROR")]


@pytest.mark.parametrize("bad", ["\n", "\r\n", "\x1b[31m", "\u2028", "\x00", "\u202e", "\udc80"])
def test_nobody_forges_a_line(bad: str) -> None:
    for formatter in (AsText(quoting=False), AsJson(quoting=False)):
        written = Written(formatter)
        written.logger("cop.web").error("%s is odd", f"a{bad}ERROR b")
        assert len(written.text.splitlines()) == 1
        assert written.text.rstrip("\n").isprintable()


def test_errors_of_the_machine_are_named() -> None:
    assert logs.kind_of(OSError(28, SECRET, "/x")) == "OSError ENOSPC"
    assert logs.kind_of(FileNotFoundError(2, SECRET)) == "FileNotFoundError ENOENT"
    assert logs.kind_of(json.JSONDecodeError(SECRET, SECRET, 0)) == "json.decoder.JSONDecodeError"


def test_an_error_that_comes_from_itself_ends() -> None:
    written = Written(AsJson(quoting=False))
    one, two = ValueError("a"), ValueError("b")
    one.__cause__, two.__cause__ = two, one
    written.logger("cop").error("round", exc_info=one)
    assert written.lines[0]["error"] == ["ValueError", "ValueError"]


@pytest.mark.parametrize(
    ("name", "message", "args", "said"),
    [
        (
            "engineio.server",
            "%s: Received packet %s data %s",
            (SECRET, 4, SECRET),
            "…: Received packet 4 data …",
        ),
        ("cop.live.socketio", "received %s", (SECRET,), "received …"),
        ("gunicorn.error", "Booting worker with pid: %s", (7,), "Booting worker with pid: 7"),
        ("gunicorn.error", "Error handling request %s", (f"/calendar/{SECRET}",), "Error handling request …"),
        ("someone", f"preformatted {SECRET}", (), "test_logs."),
        ("someone", "%d", (SECRET,), "%d"),
    ],
)
def test_other_programs_say_only_what_stands_in_their_text(
    name: str, message: str, args: tuple[object, ...], said: str
) -> None:
    written = Written(AsJson(quoting=True))
    written.logger(name).warning(message, *args)
    assert SECRET not in written.text
    assert str(written.lines[0]["message"]).startswith(said)


def test_what_the_web_server_refuses_is_not_repeated() -> None:
    written = Written(AsText(quoting=True))

    def handle_error() -> None:
        written.logger("gunicorn.error").warning(f"Invalid request from ip=192.0.2.1: {SECRET}")

    handle_error()
    assert SECRET not in written.text
    assert "192.0.2.1" not in written.text


def test_facts_stand_in_every_line_of_a_request() -> None:
    written = Written(AsJson(quoting=False))
    token = logs.FACTS.set({"request": "abc", "route": "GET /library/<int:asset_id>"})
    written.logger("cop.library").warning("odd")
    logs.FACTS.reset(token)
    written.logger("cop.library").warning("odd")
    assert written.lines[0]["route"] == "GET /library/<int:asset_id>"
    assert "route" not in written.lines[1]


@pytest.fixture
def bare_root(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The root logger without anybody's handler, as a process finds it."""
    root = logging.getLogger()
    level = root.level
    # A list of its own: what pytest puts in before the test itself begins, it takes out of its own again.
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("threading.excepthook", None)
    yield root
    root.setLevel(level)
    logging.captureWarnings(False)


def test_installing_twice_writes_once_and_changes_the_form(
    bare_root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_root.handlers.clear()
    logs.install(level="info", form="text", quoting=True)
    logs.install(level="warning", form="json", quoting=False)
    assert len(bare_root.handlers) == 1
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logging.getLogger("cop.x").info("not at this level")
    logging.getLogger("cop.x").warning("once")
    warnings.showwarning(DeprecationWarning(f"{SECRET} is old"), DeprecationWarning, "x.py", 1)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["logger"] for line in lines] == ["cop.x", "py.warnings"]
    assert SECRET not in stream.getvalue()


def test_somebody_elses_handlers_stay(bare_root: logging.Logger) -> None:
    other = logging.NullHandler()
    bare_root.handlers[:] = [other]
    logs.install(level="info", form="json", quoting=False)
    assert bare_root.handlers == [other]
