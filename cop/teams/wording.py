"""A team's facts in words: days left, access modes, states and who is missing. Pages, mails and lists share them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cop.accounts.functions import in_small_letters

STATE_WORDS = {"forming": "Forming", "active": "Active", "finishing": "Finishing", "closed": "Closed"}
STATE_KINDS = {"forming": "warm", "active": "", "finishing": "plum", "closed": "plain"}
ACCESS_WORDS = {"open": "Open to read", "network": "For officers to read", "private": "Private to the team"}
ACCESS_HINTS = {
    "open": "Anyone can read what the team writes, signed in or not.",
    "network": "People who act for a council, a consortium or a central body can read it when they sign in.",
    "private": "Only people on the team can read it. The board and platform admins see its name, question and dates.",
}
ROLE_WORDS = {"lead": "Lead", "facilitator": "Facilitator", "member": "Member"}
ROLE_HINTS = {
    "lead": "Answers for the team. Changes the charter and the people.",
    "facilitator": "Runs the work. Changes the charter and the people too.",
    "member": "Reads and writes everything in the team.",
}
_IN_A_SENTENCE = {
    "service_user": "the service’s users",
    "community": "the community",
    "supplier": "suppliers",
}


def days_left(ends: date | None, today: date) -> str:
    """ "24 days left", "1 day left", "Ends today", "3 days past its end date"; empty without an end date."""
    if ends is None:
        return ""
    days = (ends - today).days
    if days == 0:
        return "Ends today"
    if days < 0:
        return f"{_count(-days, 'day')} past its end date"
    return f"{_count(days, 'day')} left"


def is_overdue(status: str, ends: date | None, today: date) -> bool:
    """Past its end date and not closed."""
    return status != "closed" and ends is not None and ends < today


def time_used(starts: date, ends: date | None, today: date) -> int | None:
    """Share of the team's time that is used, 0 to 100; None without an end date."""
    if ends is None:
        return None
    whole = max((ends - starts).days, 1)
    return max(0, min(100, round(100 * (today - starts).days / whole)))


def function_in_sentence(key: str) -> str:
    """A function as it reads within a sentence: "legal", "HR", "the service’s users"."""
    return _IN_A_SENTENCE.get(key) or in_small_letters(key)


def one_of(words: Sequence[str], last: str) -> str:
    """ "a, b and c" with `last` as the last joint."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def nobody_from(missing: Sequence[str]) -> str:
    """ "Nobody from legal or HR yet."; empty when nobody is missing."""
    if not missing:
        return ""
    return f"Nobody from {one_of([function_in_sentence(key) for key in missing], 'or')} yet."


def still_wanted(missing: Sequence[str]) -> str:
    """ "legal, HR and the service’s users."; empty when nobody is missing."""
    return f"{one_of([function_in_sentence(key) for key in missing], 'and')}." if missing else ""


def people(count: int) -> str:
    """ "1 person", "9 people"."""
    return "1 person" if count == 1 else f"{count} people"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def functions(count: int) -> str:
    """ "1 function", "7 functions"."""
    return _count(count, "function")


def points(text: str) -> list[str]:
    """Scope as typed, one point on each line, without empty lines and the bullets people put before them."""
    return [line for line in (raw.strip().lstrip("-*•").strip() for raw in text.splitlines()) if line]
