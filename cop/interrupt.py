"""Ctrl-C before there is anything to stop: one line and the status that shells expect, never a traceback."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

STATUS = 130
"""128 and the number of SIGINT."""
WORDS = "Interrupted. Nothing was broken: what was not finished is taken back, or done at the next start."


def leave_at_once() -> None:
    """End on the spot until `unwind` is called: while modules are imported there is nothing to take back.

    An exception would not do. It passes through whatever is being imported, which may swallow it, report it, or turn it
    into one of its own. Who has SIGINT ignored, such as a shell for what it runs in the background, is left alone.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def unwind() -> None:
    """From here on Ctrl-C raises KeyboardInterrupt, so that transactions are rolled back on the way out."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, _raise)


def last_words() -> str:
    """What to say of it on standard error; a second Ctrl-C has nothing to add."""
    if signal.getsignal(signal.SIGINT) is _raise:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A terminal shows ^C where the cursor stands, so there the words begin a line of their own.
    return f"\n{WORDS}" if sys.stderr.isatty() else WORDS


def _raise(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> None:
    os.write(2, f"{last_words()}\n".encode())
    os._exit(STATUS)
