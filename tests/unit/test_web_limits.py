"""The moving window: so many within a minute, each on their own account, and nothing remembered of whoever left."""

from __future__ import annotations

import pytest

from cop.web import limits
from cop.web.limits import MINUTE, Window


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only this test moves; its one item is the time in seconds."""
    now = [1000.0]
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    return now


def test_one_too_many_within_a_minute_is_refused_and_others_are_not(clock: list[float]) -> None:
    window = Window()
    assert [window.hit("a", 3) for _ in range(4)] == [True, True, True, False]
    assert window.hit("b", 3)


def test_the_window_moves_with_each_act_and_refusals_do_not_lengthen_it(clock: list[float]) -> None:
    window = Window()
    assert window.hit("a", 2)
    clock[0] += MINUTE / 2
    assert window.hit("a", 2)
    clock[0] += MINUTE / 2 - 1
    assert not window.hit("a", 2)
    clock[0] += 1
    assert window.hit("a", 2)
    assert not window.hit("a", 2)


def test_whoever_did_nothing_for_a_minute_is_forgotten(clock: list[float]) -> None:
    window = Window()
    for number in range(1000):
        window.hit(f"address:{number}", 5)
    assert len(window) == 1000
    clock[0] += MINUTE
    window.hit("address:new", 5)
    assert len(window) == 1
