"""Where templates, static files and migrations lie: inside the package in a wheel, one level up in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise RuntimeError(f"CoP is not installed completely: its folder {name!r} is missing")


TEMPLATES = _find("templates")
STATIC = _find("static")
MIGRATIONS = _find("migrations")
