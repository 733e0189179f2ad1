"""The list of routes and who may use them is approved by a person: a route cannot appear, or open up, unnoticed."""

from __future__ import annotations

import difflib

from tests.approved.update import ROUTES, routes


def difference(approved: str, now: str) -> str:
    """What changed, a line each; empty when nothing did."""
    return "\n".join(
        difflib.unified_diff(approved.splitlines(), now.splitlines(), "approved", "now", lineterm="", n=0)
    )


def test_every_route_is_approved() -> None:
    changed = difference(ROUTES.read_text(), routes())
    assert not changed, (
        f"Routes changed:\n{changed}\n\nIf that is meant, run `python -m tests.approved.update`, look at the "
        "difference, and give each new route its rows in tests/integration/matrix_table.py."
    )


def test_a_route_that_opens_up_is_noticed() -> None:
    approved = ROUTES.read_text()
    opened = approved.replace("signed in", "public", 1)
    assert opened != approved
    assert "+POST" in difference(approved, opened) or "+GET" in difference(approved, opened)
    assert "+GET   /new" in difference(approved, f"{approved}GET   /new public\n")
