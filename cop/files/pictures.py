"""Pictures drawn anew before anybody sees them: without where and when they were taken, of a size for a page.

The drawing is done by `cop.files.picture_child`, a process of its own with limits. What replaces the upload is all that
is kept: nobody can be sent what the camera had written into it. Never call this inside a transaction.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from typing import BinaryIO

from cop.files.extract import run_child
from cop.files.kinds import Kind
from cop.files.outcome import ORDINARY, Limits
from cop.files.picture_size import TOO_MANY

DAMAGED = "This picture is damaged, so it cannot be shown. Save it again and attach it anew."
TOO_MUCH = "This picture takes too much to draw, so it cannot be shown. Make it smaller and attach it anew."
_LINE = 4_096


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture drawn anew: its bytes, kind, and size in pixels."""

    data: bytes
    kind: Kind
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a picture cannot be shown, in a sentence for whoever attached it."""

    reason: str


def prepare(stream: BinaryIO, kind: Kind, limits: Limits = ORDINARY) -> Prepared | Refused:
    """Draw an open picture of this kind anew, or say why it cannot be shown.

    Raises `OSError` and `ReaderBroken` as `cop.files.extract` does: the machine's fault, not the picture's.
    """
    with tempfile.TemporaryFile() as answer:
        returncode = run_child("picture_child", stream, kind, limits, answer)
        if returncode is None:
            return Refused(TOO_MUCH)
        try:
            told = json.loads(answer.readline(_LINE))
            if "why" in told:
                return Refused(_WORDS.get(told["why"], DAMAGED))
            data = answer.read(limits.output)
            made = Prepared(data, Kind(told["kind"]), int(told["width"]), int(told["height"]))
        except (ValueError, KeyError, TypeError):
            return Refused(DAMAGED)
        whole = returncode == 0 and len(data) == told["size"] and made.kind.is_picture
        return made if whole else Refused(TOO_MUCH)


_WORDS = {"slow": TOO_MUCH, "memory": TOO_MUCH, TOO_MANY: TOO_MUCH}
