"""Numbers that people's browsers send, in addresses and hidden fields, are numbers a row can have or nothing.

A larger one would be a fault in either database (SQLite cannot hold it, PostgreSQL refuses it for the column), so
`<int:…>` in a rule stands for a row's number here, and a larger one is "not found" like any other address.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from cop.kernel.ids import LARGEST_ID


class RowNumber(IntegerConverter):
    """`<int:name>` in a rule: a whole number from 0 to the largest a row can have."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": LARGEST_ID, **options})


def install(app: Flask) -> None:
    """Let every rule added from now on take bounded numbers only."""
    app.url_map.converters["int"] = RowNumber


def whole_number(typed: object) -> int | None:
    """A whole number from 1 to the largest a row can have, as a field or an address said it; None for anything else."""
    text = str(typed or "")
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST_ID)):
        return None
    return value if 0 < (value := int(text)) <= LARGEST_ID else None
