"""Keyset paging: a page begins after the last row of the one before, so it costs the same at any depth.

A position is a tuple of sort values, the last of them unique; it travels in the address as URL-safe JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from cop.kernel.ids import LARGEST_ID

Row = TypeVar("Row")
Position = tuple[int | str, ...]

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows of one page; `older` is the position token of the next page, None on the last one."""

    rows: Sequence[Row]
    older: str | None


def encode(position: Position) -> str:
    """A position as a short token for an address."""
    text = json.dumps(position, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(token: str | None, shape: tuple[type, ...]) -> Position | None:
    """The position in a token; None for no token or one that was tampered with (the first page then shows)."""
    if not token or len(token) > 400:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return None
    if not isinstance(values, list) or len(values) != len(shape):
        return None
    for value, kind in zip(values, shape, strict=True):
        if type(value) is not kind:
            return None
        if isinstance(value, int) and abs(value) > LARGEST_ID:
            return None
        if isinstance(value, str) and "\x00" in value:
            return None
    return tuple(values)


def moment(value: int | str) -> datetime | None:
    """A position's value as an aware moment in UTC; None for one that was tampered with."""
    try:
        found = datetime.fromisoformat(str(value))
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
