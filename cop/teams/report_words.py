"""The closing report's draft in words: what happened, put into sentences, with the questions only people can answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

QUESTION = "**Please answer:**"
"""What a question of the draft begins with. A report in which one is left cannot close a team."""

COURSE, LEARNT = "How we went about it", "What we learnt"
STANDS = "Where things stand now, and how we know"
AGAIN = "What we would do again, and what differently"
FIRST = "What a council that tries this should know first"
ASKED = (STANDS, AGAIN, FIRST)
"""Headings of the draft under which only people can write something."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)[\s#]*$")


@dataclass(frozen=True, slots=True)
class Happened:
    """What the record of a team says, in words and ready to be written down."""

    question: str
    ambition: str
    ambition_by: date | None
    measure: str
    baseline: str
    people: int
    functions: Sequence[str]
    started: date
    ends: date | None
    extensions: Sequence[str]
    reached: Sequence[str]
    missed: Sequence[str]
    decided: Sequence[str]
    done: int
    handed: Sequence[str]
    published: Sequence[tuple[str, str]]
    concluded: Sequence[tuple[str, str]]


def unanswered(source: str) -> list[str]:
    """Headings of a report under which an answer is missing, and questions that stand elsewhere in it.

    To take a question out is no answer to it. Whoever keeps any of the draft's headings has the draft's questions to
    answer; a report that somebody wrote in their own order has none. Drafts had no heading for each question once: in a
    report that began as such a one, something must stand under "What we learnt".
    """
    found = _sections(source)
    wanted: tuple[str, ...] = ()
    if any(title.lower() in found for title in ASKED):
        wanted = ASKED
    elif LEARNT.lower() in found:
        wanted = (LEARNT,)
    elif COURSE.lower() in found:
        wanted = ASKED
    missing = [title for title in wanted if not _answered(found.get(title.lower(), ""))]
    told = {title.lower() for title in missing}
    stray = (
        line.partition(QUESTION)[2].strip()
        for key, text in found.items()
        if key not in told
        for line in text.splitlines()
        if QUESTION in line
    )
    return [*missing, *stray]


def _sections(source: str) -> dict[str, str]:
    """The text under each heading, by its words in small letters; what stands before the first is under ""."""
    found: dict[str, str] = {}
    within: list[tuple[int, str]] = [(0, "")]
    for line in source.splitlines():
        heading = _HEADING.match(line)
        if heading:
            level, title = len(heading[1]), heading[2].lower()
            within = [each for each in within if each[0] < level]
            within.append((level, title))
            found.setdefault(title, "")
        else:
            # What stands under a smaller heading stands under the larger one as well.
            for _, title in within[-1:] if QUESTION in line else within:
                found[title] = f"{found.get(title, '')}{line}\n"
    return found


def _answered(text: str) -> bool:
    return QUESTION not in text and any(char.isalnum() for char in text)


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _plain(text: str) -> str:
    """Typed text within the draft's Markdown: what would be a sign of formatting is shown as it was typed."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#" else char for char in " ".join(text.split()))


def _sentence(text: str) -> str:
    """Typed text as a sentence of its own."""
    return f"{_plain(text).rstrip('.')}."


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _people(count: int, functions: Sequence[str]) -> str:
    who = "1 person" if count == 1 else f"{count} people"
    if not functions:
        return who
    joined = functions[0] if len(functions) == 1 else f"{', '.join(functions[:-1])} and {functions[-1]}"
    return f"{who} from {joined}"


def _outcome(facts: Happened) -> Iterator[str]:
    yield "# What came of it"
    yield f"The question was: {_plain(facts.question)}"
    if facts.ambition:
        by = f", by {_long(facts.ambition_by)}" if facts.ambition_by else ""
        yield "We set out to reach this: " + _sentence(f"{facts.ambition.rstrip('.')}{by}")
    if facts.measure:
        yield f"How it is measured: {_sentence(facts.measure)}"
    if facts.baseline:
        yield f"Where things stood at the start: {_sentence(facts.baseline)}"
    yield f"## {STANDS}"
    yield f"{QUESTION} where do things stand now, and how do you know?"


def _course(facts: Happened) -> Iterator[str]:
    yield f"# {COURSE}"
    until = f", with {_long(facts.ends)} as the end date" if facts.ends else ""
    yield f"{_people(facts.people, facts.functions)} worked on it from {_long(facts.started)}{until}."
    for line in facts.extensions:
        yield _plain(line)
    if facts.reached:
        yield "We reached:"
        yield _bullets([_plain(line) for line in facts.reached])
    if facts.missed:
        yield "We did not reach:"
        yield _bullets([_plain(line) for line in facts.missed])
    if facts.decided:
        yield "We decided:"
        yield _bullets([_plain(line) for line in facts.decided])


def _left(facts: Happened) -> Iterator[str]:
    if facts.concluded:
        yield "# What we talked through"
        yield _bullets([f"[{_plain(title)}]({href})" for title, href in facts.concluded])
    if facts.published:
        yield "# What others can use"
        yield _bullets([f"[{_plain(title)}]({href})" for title, href in facts.published])
    if facts.handed or facts.done:
        yield "# What others carry on"
        if facts.done:
            yield (
                "1 item of our list was done."
                if facts.done == 1
                else f"{facts.done} items of our list were done."
            )
        if facts.handed:
            yield _bullets([_plain(line) for line in facts.handed])


def draft(facts: Happened) -> str:
    """The draft of a closing report, in Markdown."""
    learnt = (
        f"# {LEARNT}",
        f"## {AGAIN}",
        f"{QUESTION} what would you do again, and what differently?",
        f"## {FIRST}",
        f"{QUESTION} what should a council that tries this know first?",
    )
    return "\n\n".join([*_outcome(facts), *_course(facts), *_left(facts), *learnt]) + "\n"
