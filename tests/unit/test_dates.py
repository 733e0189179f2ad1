"""Days and times in words, in London's time, summer and winter."""

from datetime import UTC, date, datetime

import pytest

from cop.web.dates import clock, day, in_full, in_london, on_date, to_the_minute, when

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "today, 5pm"),
        (datetime(2026, 11, 23, 9, 2, tzinfo=UTC), "today, 9:02am"),
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "today, midday"),
        (datetime(2026, 11, 24, 0, 0, tzinfo=UTC), "tomorrow, midnight"),
        (datetime(2026, 11, 22, 0, 5, tzinfo=UTC), "yesterday, 12:05am"),
        (datetime(2026, 11, 17, 16, 10, tzinfo=UTC), "Tuesday 4:10pm"),
        (datetime(2026, 11, 29, 12, 30, tzinfo=UTC), "Sunday 12:30pm"),
        (datetime(2026, 11, 16, 23, 59, tzinfo=UTC), "16 November"),
        (datetime(2026, 11, 30, 9, 0, tzinfo=UTC), "30 November"),
        (datetime(2025, 11, 3, 9, 0, tzinfo=UTC), "3 November 2025"),
        (datetime(2027, 1, 12, 9, 0, tzinfo=UTC), "12 January 2027"),
    ],
)
def test_when(moment: datetime, words: str) -> None:
    assert when(moment, NOW) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 24), "tomorrow"),
        (date(2026, 11, 22), "yesterday"),
        (date(2026, 11, 26), "Thursday"),
        (date(2026, 11, 17), "Tuesday"),
        (date(2026, 11, 30), "30 November"),
        (date(2026, 12, 17), "17 December"),
        (date(2027, 1, 1), "1 January 2027"),
    ],
)
def test_day(moment: date, words: str) -> None:
    assert day(moment, date(2026, 11, 23)) == words


def test_summer_time_moves_the_clock_and_the_day() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert clock(late) == "12:30am"
    assert in_london(late) == date(2026, 7, 2)
    assert when(late, datetime(2026, 7, 1, 12, 0, tzinfo=UTC)) == "tomorrow, 12:30am"


def test_the_day_now_is_taken_in_london_too() -> None:
    assert day(datetime(2026, 7, 2, 9, 0, tzinfo=UTC), datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "today"


def test_a_deadline_in_full() -> None:
    deadline = datetime(2026, 12, 17, 17, 0, tzinfo=UTC)
    assert in_full(deadline, NOW) == "Thursday 17 December, 5pm"
    assert in_full(deadline, datetime(2025, 1, 1, tzinfo=UTC)) == "Thursday 17 December 2026, 5pm"


def test_a_date_is_never_relative() -> None:
    assert on_date(date(2026, 11, 22), NOW) == "22 November"
    assert on_date(date(2027, 2, 1), NOW) == "1 February 2027"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        in_london(datetime(2026, 11, 23, 17, 0))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 23, 9, 2, tzinfo=UTC), "today, 9:02am"),
        (datetime(2026, 11, 17, 16, 10, tzinfo=UTC), "Tuesday 4:10pm"),
        (datetime(2026, 11, 3, 16, 10, tzinfo=UTC), "3 November, 4:10pm"),
        (datetime(2025, 7, 3, 11, 0, tzinfo=UTC), "3 July 2025, midday"),
    ],
)
def test_a_moment_to_the_minute_keeps_its_time_however_long_ago(moment: datetime, words: str) -> None:
    assert to_the_minute(moment, datetime(2026, 11, 23, 14, 0, tzinfo=UTC)) == words
