"""The matrix again for people whose standing follows from that of others, by the law of PRODUCT.md: several roles give
the union of their columns, whoever left stands as if they had never come, and a dead session is none at all.

What each of them may do is computed from the rows that are spelled out by hand, so that a new row asks them, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.build.databases import Maker
from tests.build.stage import Stage
from tests.build.standings import GONE, STANDINGS, Others
from tests.integration import test_matrix
from tests.integration.matrix_guests import guests
from tests.integration.matrix_table import ORDER, Row
from tests.integration.test_matrix import ROWS, WHOLE, surprises

CELLS = 5_000
"""Behavioural cells on each kind of database, at the least."""
STRENGTH = "-xg"


def _strength(letter: str, row: Row) -> int:
    # Who reads a hidden post is told why they may not edit it; others, that it is not there to be read.
    order = "-gx" if "{hidden}" in row.address and "edit" in row.address else STRENGTH
    return order.find(letter) if letter in order else len(order)


def _stronger(row: Row, *names: str) -> str:
    """The union of columns; of two that are equally strong the first."""
    return max((row.expected[name] for name in names), key=lambda letter: _strength(letter, row))


def _officer(row: Row) -> str:
    """An officer to whom nothing in the row belongs: neither the officer's own things nor their organisation."""
    return min(
        (row.expected["organisation_admin"], row.expected["officer"]),
        key=lambda letter: _strength(letter, row),
    )


def _supplier(row: Row) -> str:
    return row.expected["supplier"]


def _member(row: Row) -> str:
    """An officer on the team who wrote nothing of it and owns nothing: what the guest and an officer may.

    Except where the row is about the guest's own place, or about somebody whom the guest may not see.
    """
    return max((_officer(row), row.expected[_like(row)]), key=lambda letter: _strength(letter, row))


def _like(row: Row) -> str:
    """Whose column says what an officer may do in a team's space."""
    return "member" if "{place}" in row.address or "/people/add/{stranger}" in row.address else "guest"


def _of_private_team(row: Row, elsewhere: str) -> str:
    """On the private team alone: there like the guest, elsewhere like somebody who is on none."""
    if "{colleague}" in row.address:
        return row.expected["guest"]
    if row.mode != "private":
        return elsewhere
    return row.expected["member" if "{place}" in row.address else "guest"]


_GUESTS = guests()
_OPEN = {(row.method, row.address): row for row in ROWS if row.mode == "open"}
_OF_THREADS = ("/threads/{thread}", "/posts/{", "/report/post/{")


def _as_if_open(row: Row) -> str:
    """A supplier on no team, were the team open: who reads a team and is not on it."""
    return _OPEN.get((row.method, row.address), row).expected["supplier"]


def _guest(which: int) -> Callable[[Row], str]:
    """A guest reads what they are a guest of as everybody reads an open team; the table says where that is not all."""

    def letter(row: Row) -> str:
        own = _GUESTS.get((row.method, row.address, row.mode))
        if own:
            return own[which]
        named = which == 1 or row.address.startswith(_OF_THREADS)
        return _as_if_open(row) if named else _supplier(row)

    return letter


EXPECTED: dict[str, Callable[[Row], str]] = {
    "another_officer": _officer,
    "another_member": _member,
    "admin_elsewhere": _officer,
    "admin_of_a_supplier": _supplier,
    "board_and_librarian": lambda row: _stronger(row, "board", "librarian"),
    "lead_and_librarian": lambda row: _stronger(row, "lead", "librarian"),
    "member_and_board": lambda row: max(
        (_member(row), row.expected["board"]), key=lambda letter: _strength(letter, row)
    ),
    "facilitator_and_admin": lambda row: _stronger(row, "facilitator", "admin"),
    "on_one_team": lambda row: _of_private_team(row, _supplier(row)),
    "resident_on_one_team": lambda row: _of_private_team(row, row.expected["resident"]),
    "officer_on_one_team": lambda row: _member(row) if row.mode == "private" else _officer(row),
    "thread_guest": _guest(0),
    "team_guest": _guest(1),
    "no_guest_any_more": _supplier,
    "left_the_team": _officer,
    "supplier_left_the_team": _supplier,
    "lost_a_role": _officer,
    **dict.fromkeys(sorted(GONE), lambda row: row.expected["anonymous"]),
}


def told(row: Row) -> Row:
    """The row with what these people may do, in place of the twelve of the table."""
    if row.address == "/profile/organisation":
        # A second organisation to act for is no standing either: of all of them the officer alone has one.
        row = replace(row, expected={**row.expected, "officer": row.expected["member"]})
    if row.address.startswith("/profile/second-step/"):
        # Having one is no standing: of the twelve the librarian alone does, and none of these.
        row = replace(row, expected={**row.expected, "librarian": row.expected["officer"]})
    return replace(row, expected={name: _letter(name, expected, row) for name, expected in EXPECTED.items()})


def _letter(name: str, expected: Callable[[Row], str], row: Row) -> str:
    """No matter of rights but of what one did: who is on the team cannot ask to join; this lead offered nothing."""
    standing = STANDINGS[name]
    if name not in GONE:
        on_team = standing.place is not None and not standing.fate and row.mode in standing.modes
        if row.address == "/teams/{team}/ask" and on_team:
            return row.expected["member"]
        if row.address == "/teams/{team}/lead/withdraw":
            return "-"
        if row.address == "/posts/{post}/report" and standing.fate == "left the team":
            # Their own post is the one in question, as it is the member's in the table.
            return "x" if expected(row) in "R>" else expected(row)
    return expected(row)


# The table itself is asked wholly on both databases (test_matrix.py). What follows from it would double the time of all
# tests, so of the rows that name nothing special for guests each sixth is asked here, and few of all on PostgreSQL.
# `make soak` asks everything.
ON_SQLITE = [
    row
    for number, row in enumerate(ROWS)
    if WHOLE or number % 6 == 0 or (row.method, row.address, row.mode) in _GUESTS
]
ON_POSTGRESQL = ROWS if WHOLE else ROWS[::16]


def _stage(maker: Maker, folder: Path) -> Iterator[Stage]:
    url = maker.fresh()
    # These people's pages are those of the people in the table, and are checked there.
    made = Stage(url, folder, others=Others, checks=False)
    yield made
    made.close()
    maker.drop(url)


@pytest.fixture(scope="module")
def on_sqlite(sqlite_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world with these people in it."""
    yield from _stage(sqlite_maker, tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def on_postgresql(postgresql_maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same world in the other kind of database."""
    yield from _stage(postgresql_maker, tmp_path_factory.mktemp("stage"))


def _named(row: Row) -> str:
    return f"{row.method} {row.address} {row.mode}"


@pytest.mark.parametrize("row", ON_SQLITE, ids=_named)
def test_what_follows_from_the_row_holds(on_sqlite: Stage, row: Row) -> None:
    wrong = surprises(on_sqlite, told(row), EXPECTED)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("row", ON_POSTGRESQL, ids=_named)
def test_what_follows_from_the_row_holds_on_postgresql(on_postgresql: Stage, row: Row) -> None:
    wrong = surprises(on_postgresql, told(row), EXPECTED)
    assert not wrong, "\n".join(wrong)


def test_everybody_of_that_kind_is_told_what_follows() -> None:
    assert set(EXPECTED) == set(STANDINGS)


def test_the_matrix_is_as_large_as_promised(record_property: Callable[[str, object], None]) -> None:
    there = [row for row in ROWS if test_matrix.on_postgresql({"row": row})]
    for kind, table, asked in (("sqlite", ROWS, ON_SQLITE), ("postgresql", there, ON_POSTGRESQL)):
        cells = len(table) * len(ORDER) + len(EXPECTED) * len(asked)
        record_property(f"cells on {kind}", cells)
        print(f"{cells:,} cells on {kind}: {len(table)} rows, {len(ORDER)} actors and {len(EXPECTED)} more")
        assert cells >= CELLS
