"""Codes of an app: right within a step of the clock, never twice, and recovery codes however they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from cop.accounts import totp

KEY, SEED = "k" * 40, "5e" * 32
SECRET = totp.secret_of(KEY, SEED)
BEGIN = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
LATER = st.integers(0, 10**6)


def at(seconds: int) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


@given(LATER, st.integers(-200, 200))
def test_a_code_is_right_when_the_phone_is_a_step_early_or_late_and_no_more(seconds: int, off: int) -> None:
    now = at(seconds)
    phone = now + timedelta(seconds=off)
    found = totp.step_of(pyotp.TOTP(SECRET).at(phone), secret=SECRET, now=now, after=0)
    apart = totp.step_at(phone) - totp.step_at(now)
    if abs(apart) <= totp.SKEW:
        assert found is not None
    else:
        # Another step may show the same digits, once in some hundred thousand times.
        assert found is None or found != totp.step_at(phone)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(-2, 2), st.booleans()), max_size=40))
def test_no_code_works_twice_whatever_the_clocks_do(tries: list[tuple[int, int, bool]]) -> None:
    """Time goes on; phones are early or late; sometimes an old code is typed again. Steps used only ever grow."""
    last, seconds, accepted, seen = 0, 0, set[int](), []
    for waits, off, again in tries:
        seconds += waits
        now = at(seconds)
        code = seen[-1] if again and seen else pyotp.TOTP(SECRET).at(now, counter_offset=off)
        seen.append(code)
        step = totp.step_of(code, secret=SECRET, now=now, after=last)
        if step is None:
            continue
        assert step not in accepted
        assert step > last
        accepted.add(step)
        last = step
        assert totp.step_of(code, secret=SECRET, now=now, after=last) in (None, *range(last + 1, last + 3))


@given(st.text(max_size=12))
def test_what_is_typed_never_breaks_it(typed: str) -> None:
    assert totp.step_of(typed, secret=SECRET, now=BEGIN, after=2**31) is None
    totp.plain(typed)


def test_digits_may_be_parted_as_apps_part_them() -> None:
    code = pyotp.TOTP(SECRET).at(BEGIN)
    for typed in (
        f"{code[:3]} {code[3:]}",
        f" {code} ",
        f"{code[:3]}-{code[3:]}",
        f"{code[:3]}\u00a0{code[3:]}",
    ):
        assert totp.step_of(typed, secret=SECRET, now=BEGIN, after=0) == totp.step_at(BEGIN)
    for typed in (code[:5], f"{code}0", "\u0663" * 6, "", "abcdef"):
        assert totp.step_of(typed, secret=SECRET, now=BEGIN, after=0) is None


def test_the_secret_needs_both_halves() -> None:
    assert totp.secret_of(KEY, SEED) != totp.secret_of(KEY, totp.new_seed())
    assert totp.secret_of(KEY, SEED) != totp.secret_of("j" * 40, SEED)
    assert len(SECRET) == 32
    assert totp.address_of(SECRET, email="ann@x.example", site="CoP").startswith("otpauth://totp/CoP:")


@given(
    st.integers(0, 9), st.sampled_from([str.lower, str.upper, str.swapcase]), st.sampled_from(["", " ", "-"])
)
def test_a_recovery_code_may_be_typed_as_it_was_read(which: int, case: object, between: str) -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    code = codes[which]
    misread = code.replace("0", "O").replace("1", "l").replace("-", between)
    assert totp.plain(case(misread)) == totp.plain(code) == code.replace("-", "")  # type: ignore[operator]
    assert totp.plain(code[:-1]) == ""
