"""What our processes log: one line for each thing, for people or as JSON, without a word that anybody typed.

Names, addresses, titles and tokens must not reach the log, which is kept, copied and read by others. So it says of an
error its kind and where it happened, not what it said (that may quote a document); of a request the rule of its route,
never its address; and of what other libraries report only what they wrote into their program, with numbers filled in.
Whatever is not printable is escaped, so nobody can forge a line.
"""

from __future__ import annotations

import errno
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

MOST = 2_000
"""Characters of a message."""
FRAMES = 25
"""The innermost places of an error."""
FORMATS = ("text", "json")
FACTS: ContextVar[Mapping[str, str | int | float]] = ContextVar("facts of what is being done")
"""What a line says besides its message: set for the length of a request."""
_TALKATIVE = ("cop.live.socketio", "cop.live.engineio", "alembic.runtime.plugins")
"""Loggers that libraries write each page or each start to."""
_ARBITER = ("gunicorn.error", "arbiter")
_REFUSED = "what came was no sound HTTP request, or failed before it reached a page"
log = logging.getLogger(__name__)


class Output(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Standard error."""
        return sys.stderr


def install(*, level: str, form: str, quoting: bool) -> None:
    """Log to standard error from now on, at this level and in one of `FORMATS`; each process of ours calls it.

    `quoting`: errors also say what they said, which may quote what people typed: for the demonstration and for
    debugging. Where somebody else has set up logging (tests do), that stays.
    """
    root = logging.getLogger()
    ours = [handler for handler in root.handlers if isinstance(handler, Output)]
    if root.handlers and not ours:
        return
    handler = ours[0] if ours else Output()
    handler.setFormatter(AsJson(quoting=quoting) if form == "json" else AsText(quoting=quoting))
    if not ours:
        root.addHandler(handler)
        threading.excepthook = _thread_ended
    root.setLevel(level.upper())
    # Warnings are lines of their own otherwise, and no JSON.
    logging.captureWarnings(form == "json")
    # One line for each page that is opened, or for each part of a library, says nothing to an operator.
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "debug" else logging.WARNING)


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        log.error(
            "a thread ended by a fault", exc_info=(ended.exc_type, ended.exc_value, ended.exc_traceback)
        )


def printable(text: str) -> str:
    """The text in one line, cut short, with everything that is not printable escaped."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in text[:MOST]
    )


def message_of(record: logging.LogRecord) -> str:
    """What a record says: whole where it is ours, else what stands in the other program's text, and numbers."""
    if _is_ours(record):
        return printable(record.getMessage())
    if record.name == "gunicorn.error" and record.funcName == "handle_error":
        # The web server puts the request together with its sender into one text.
        return _REFUSED
    if not isinstance(record.msg, str) or (not record.args and not record.name.startswith("gunicorn")):
        return f"{record.module}.{record.funcName}, line {record.lineno}"
    try:
        return printable(record.msg % _numbers(record.args) if record.args else record.msg)
    except (TypeError, ValueError, KeyError):
        return printable(record.msg)


def _is_ours(record: logging.LogRecord) -> bool:
    # gunicorn's arbiter speaks of processes and of the settings it was started with.
    own = record.name == "cop" or record.name.startswith("cop.")
    return (own and record.name not in _TALKATIVE) or (record.name, record.module) == _ARBITER


def _numbers(args: object) -> object:
    if isinstance(args, Mapping):
        return {key: _number(value) for key, value in args.items()}
    return tuple(map(_number, args)) if isinstance(args, tuple) else _number(args)


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else "…"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it came from, each once."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def kind_of(error: BaseException) -> str:
    """An error's class and, of an error of the machine, its name: "OSError ENOSPC"."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    number = error.errno if isinstance(error, OSError) else None
    return f"{name} {errno.errorcode[number]}" if number is not None and number in errno.errorcode else name


def _places(found: TracebackType | None) -> list[str]:
    """Where an error came through, outermost first: file, line and function, never a value."""
    frames = traceback.extract_tb(found)[-FRAMES:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    parts = Path(filename).parts
    for name in ("site-packages", "cop"):
        if name in parts:
            start = len(parts) - 1 - parts[::-1].index(name)
            return "/".join(parts[start + (name == "site-packages") :])
    return "/".join(parts[-2:])


class _Told:
    """An error as the log tells it."""

    def __init__(self, record: logging.LogRecord, *, quoting: bool) -> None:
        error = record.exc_info[1] if record.exc_info else None
        chain = list(_chain(error))
        self.kinds = [kind_of(each) for each in chain]
        self.said = [printable(str(each)) for each in chain] if quoting else []
        # The first cause knows best where it happened; what stands around it is told by the outermost.
        self.where = [place for each in reversed(chain[:2]) for place in _places(each.__traceback__)]


class AsText(logging.Formatter):
    """Lines for people; those of an error are indented."""

    def __init__(self, *, quoting: bool) -> None:
        super().__init__()
        self._quoting = quoting

    def format(self, record: logging.LogRecord) -> str:
        """One line, and for an error one for each place it came through."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {message_of(record)}"
        if not record.exc_info or record.exc_info[1] is None:
            return line
        told = _Told(record, quoting=self._quoting)
        said = [f"  {words}" for words in told.said if words]
        return "\n".join(
            [line, *(f"    {place}" for place in told.where), "  " + " from ".join(told.kinds), *said]
        )


class AsJson(logging.Formatter):
    """One JSON object a line, in ASCII."""

    def __init__(self, *, quoting: bool) -> None:
        super().__init__()
        self._quoting = quoting

    def format(self, record: logging.LogRecord) -> str:
        """The record with the facts of what is being done."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, object] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record),
            "process": record.process,
            **FACTS.get({}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = _Told(record, quoting=self._quoting)
            told |= {"error": error.kinds, "where": error.where}
            if error.said:
                told["said"] = error.said
        return json.dumps(told)
