"""Words that stand in one field of one thing only, so that a leak is found by looking for the word."""

from __future__ import annotations


def canary(*parts: str) -> str:
    """The word that stands in one field of one thing only: canary("private", "post")."""
    return "canary" + "".join(parts)
