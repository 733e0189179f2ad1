"""A team's facts in words: days left, access modes, states and who is missing. Pages, mails and lists share them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cop.accounts.functions import in_small_letters
from cop.web.dates import day

NEAR_DAYS = 2
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
MOMENT_WORDS = {
    "step": "",
    "reached": "Milestone reached",
    "missed": "Milestone not reached",
    "moved": "The board moved the end date",
    "decided": "Decided",
    "concluded": "Thread concluded",
    "published": "Published",
}
STANCE_WORDS = {"content": "I am content with it", "unhappy": "I am not content with it"}
STANCE_HINTS = {
    "content": "Today’s way works well enough for me, and I would miss it.",
    "unhappy": "Today’s way lets me or the people I work for down.",
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


def by_when(due: date | None, today: date) -> tuple[str, bool]:
    """When something is due in words, and whether that is near: "3 days late", "today", "17 December", ""."""
    if due is None:
        return "", False
    days = (due - today).days
    if days < 0:
        return f"{_count(-days, 'day')} late", True
    return day(due, today), days <= NEAR_DAYS


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


def mix(content: int, unhappy: int, people_count: int) -> list[str]:
    """The two stances on a team in sentences; nobody is named. Both are wanted, so the one that is missing is said."""
    lines = []
    for count, words in ((content, "content with today’s way"), (unhappy, "not content with today’s way")):
        if count:
            lines.append(f"{people(count)} {'is' if count == 1 else 'are'} {words}.")
        else:
            lines.append(f"Nobody who is {words} yet.")
    silent = people_count - content - unhappy
    if silent > 0:
        lines.append(f"{people(silent)} {'has' if silent == 1 else 'have'} not said.")
    return lines


def functions_line(wanted: int, present: int, missing: Sequence[str]) -> str:
    """ "The team wants 9 functions and has people from 7. Missing: legal and HR." """
    if not wanted:
        return f"The team has people from {functions(present)}. Its charter does not say which it wants."
    lacking = f"Missing: {still_wanted(missing)}" if missing else "Nobody is missing."
    return f"The team wants {functions(wanted)} and has people from {present}. {lacking}"


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
