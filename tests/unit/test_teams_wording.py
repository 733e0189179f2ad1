"""A team's facts in words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.accounts.functions import FUNCTIONS
from cop.teams import wording

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        (TODAY + timedelta(24), "24 days left"),
        (TODAY + timedelta(1), "1 day left"),
        (TODAY, "Ends today"),
        (TODAY - timedelta(1), "1 day past its end date"),
        (TODAY - timedelta(2), "2 days past its end date"),
        (None, ""),
    ],
)
def test_days_left(ends: date | None, words: str) -> None:
    assert wording.days_left(ends, TODAY) == words


@pytest.mark.parametrize(
    ("status", "days", "overdue"),
    [
        ("active", -1, True),
        ("forming", -1, True),
        ("finishing", -1, True),
        ("closed", -1, False),
        ("active", 0, False),
    ],
)
def test_overdue_is_said_until_it_is_closed(status: str, days: int, overdue: bool) -> None:
    assert wording.is_overdue(status, TODAY + timedelta(days), TODAY) is overdue


@given(st.integers(-400, 400), st.integers(0, 400))
def test_time_used_is_a_percentage(begun: int, length: int) -> None:
    starts = TODAY - timedelta(begun)
    used = wording.time_used(starts, starts + timedelta(length), TODAY)
    assert used is not None
    assert 0 <= used <= 100
    assert begun > 0 or used == 0
    assert begun < max(length, 1) or used == 100


def test_who_is_missing_reads_as_a_sentence() -> None:
    assert wording.nobody_from(["legal"]) == "Nobody from legal yet."
    assert (
        wording.nobody_from(["service_user", "it", "hr"]) == "Nobody from the service’s users, IT or HR yet."
    )
    assert wording.nobody_from([]) == ""
    assert wording.still_wanted(["finance", "legal"]) == "finance and legal."


@pytest.mark.parametrize("key", FUNCTIONS)
def test_every_function_has_its_words_in_a_sentence(key: str) -> None:
    words = wording.function_in_sentence(key)
    assert words
    assert "_" not in words


def test_scope_is_read_line_by_line() -> None:
    assert wording.points("- One\n\n  * Two \nThree\n-\n") == ["One", "Two", "Three"]
