"""What changed between two texts, as words kept, added and taken away: for a post's history.

Lines are compared first and words only within lines that changed, and never more than a bounded amount of work:
two texts with nothing in common are shown one after the other, and so are two that differ in too many places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import LCSseq

MAX_WORK = 400_000
"""The product of the two lengths, in lines or in words, beyond which nothing is compared."""

MAX_PIECES = 1_000
"""Pieces beyond which nobody could read what changed; the most that a page of twenty versions has to draw."""

WORDS_APART = 3
"""Changes with fewer kept words between them are one: nobody can read a sentence marked word by word."""

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_LETTERS = re.compile(r"\w+")
Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and what happened to it."""

    kind: Kind
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """Pieces that make `before` when the added ones are left out, and `after` when the removed ones are."""
    pieces = list(_phrases(_by_lines(before, after)))
    if len(pieces) > MAX_PIECES:
        return [Piece("removed", before), Piece("added", after)]
    return pieces


def _phrases(found: Iterator[Piece]) -> Iterator[Piece]:
    """What was taken away and what stands there instead, as phrases: changes that are close to each other are one."""
    removed = added = kept = ""
    for piece in found:
        if piece.kind == "same":
            kept += piece.text
            continue
        if (kept and not (removed or added)) or _apart(kept):
            yield from _phrase(removed, added, kept)
            removed = added = kept = ""
        elif kept:
            removed, added, kept = removed + kept, added + kept, ""
        if piece.kind == "removed":
            removed += piece.text
        else:
            added += piece.text
    yield from _phrase(removed, added, kept)


def _apart(kept: str) -> bool:
    """Whether a reader sees two changes with these words between them: some words, or the end of a line."""
    return "\n" in kept or len(_LETTERS.findall(kept)) >= WORDS_APART


def _phrase(removed: str, added: str, kept: str) -> Iterator[Piece]:
    if removed:
        yield Piece("removed", removed)
    if added:
        yield Piece("added", added)
    if kept:
        yield Piece("same", kept)


def _by_lines(before: str, after: str) -> Iterator[Piece]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for old_part, new_part, same in _compared(old, new):
        if same:
            yield Piece("same", "".join(old_part))
        else:
            yield from _by_words("".join(old_part), "".join(new_part))


def _by_words(before: str, after: str) -> Iterator[Piece]:
    for old_part, new_part, same in _compared(_WORD.findall(before), _WORD.findall(after)):
        if same:
            yield Piece("same", "".join(old_part))
        else:
            yield Piece("removed", "".join(old_part))
            yield Piece("added", "".join(new_part))


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str], bool]]:
    if len(old) * len(new) > MAX_WORK:
        yield old, new, False
        return
    # The standard library's matcher takes cubic time where one mark is repeated (632 dots: 13 s); this takes 1 ms.
    old_at = new_at = 0
    for kept in LCSseq.opcodes(old, new).as_matching_blocks():
        if kept.a > old_at or kept.b > new_at:
            yield old[old_at : kept.a], new[new_at : kept.b], False
        old_at, new_at = kept.a + kept.size, kept.b + kept.size
        if kept.size:
            yield old[kept.a : old_at], new[kept.b : new_at], True
