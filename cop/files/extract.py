"""Reading a stranger's file in a child process with limits, and bringing back its text.

The child gets the file as its standard input, an empty environment and no path to anything of ours; it may use
768 MB and 20 seconds. What it sends is bounded, and anything but a sound answer makes the file "not searchable".
Never call this inside a transaction.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

import cop
from cop.files.kinds import Kind
from cop.files.outcome import DAMAGED, ORDINARY, READY, TOO_SLOW, ExtractedText, Limits, not_searchable

log = logging.getLogger(__name__)

TIME_IS_UP = (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL)
GRACE = 8
"""Seconds past the child's own limit after which it is killed: start-up, and its last words."""
_START = "import sys; sys.path.append(sys.argv[1]); from cop.files.{child} import main; main(sys.argv[2:])"
_STOPPED = "The file cannot be read, so its text cannot be searched. It can still be downloaded."


class ReaderBroken(RuntimeError):
    """The child process could not even begin: the installation or the machine is at fault, not the file."""


def extract(stream: BinaryIO, kind: Kind, limits: Limits = ORDINARY) -> ExtractedText:
    """Return the text of an open file of this kind and what hides in it, or why there is no text.

    `stream` must have a file descriptor; it is read from its start. Takes at most `limits.seconds` + `GRACE`
    seconds. Raises `OSError` when no child process can be started and `ReaderBroken` when it cannot begin:
    both are the machine's fault, and must not mark a file for good.
    """
    with tempfile.TemporaryFile() as answer:
        returncode = run_child("extract_child", stream, kind, limits, answer)
        return not_searchable(TOO_SLOW) if returncode is None else _understood(returncode, answer, limits)


def run_child(child: str, stream: BinaryIO, kind: Kind, limits: Limits, answer: BinaryIO) -> int | None:
    """Let a child process of this package look at an open file and write to `answer`, which is left at its start.

    Returns its status, None when it had to be ended. Raises `OSError` when none can be started and `ReaderBroken` when
    it cannot begin.
    """
    root = str(Path(cop.__file__).resolve().parent.parent)
    start = _START.format(child=child)
    command = [sys.executable, "-I", "-B", "-c", start, root, kind.value, json.dumps(asdict(limits))]
    os.lseek(stream.fileno(), 0, os.SEEK_SET)
    process = subprocess.Popen(
        command,
        stdin=stream.fileno(),
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )
    try:
        process.wait(limits.seconds + GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    answer.seek(0)
    if answer.read(len(READY)) != READY:
        raise ReaderBroken(f"the reader ended with status {process.returncode} before it began")
    return None if process.returncode in TIME_IS_UP else process.returncode


def _understood(returncode: int, answer: BinaryIO, limits: Limits) -> ExtractedText:
    try:
        return ExtractedText.from_json(json.loads(answer.read(limits.output)))
    except (ValueError, KeyError, TypeError, RecursionError):
        log.warning("a reader ended with status %d and no answer", returncode)
        return not_searchable(_STOPPED if returncode else DAMAGED)
