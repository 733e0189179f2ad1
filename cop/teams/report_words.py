"""The closing report's draft in words: what happened, put into sentences, with the questions only people can answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

QUESTION = "**Please answer:**"
"""What a question of the draft begins with. A report in which one is left cannot close a team."""


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


def unanswered(source: str) -> int:
    """How many questions of the draft still stand in a report."""
    return source.count(QUESTION)


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
    yield f"{QUESTION} where do they stand now, and how do you know?"


def _course(facts: Happened) -> Iterator[str]:
    yield "# How we went about it"
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
        "# What we learnt",
        f"{QUESTION} what would you do again, and what differently?",
        f"{QUESTION} what should a council that tries this know first?",
    )
    return "\n\n".join([*_outcome(facts), *_course(facts), *_left(facts), *learnt]) + "\n"
