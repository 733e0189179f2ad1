"""Suggestions of spelling, from the words of the public index alone.

A word is only suggested while a public document that is not deleted still has it: a segment keeps the words of
deleted documents until it is merged.
"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from cop.search.backend import Deadline
from cop.search.whoosh_segment import Segment

SHORTEST, LONGEST = 4, 30
LOOKED_AT = 12

Parts = Sequence[tuple[Segment, frozenset[int]]]


def alive(segments: Parts, word: str, deadline: Deadline) -> int:
    """How many documents have this word as written, deleted ones left out."""
    term = word.encode()
    return sum(
        sum(1 for doc in segment.docs("word", term, deadline.check) if doc not in deleted)
        for segment, deleted in segments
    )


def nearest(segments: Parts, word: str, deadline: Deadline) -> str | None:
    """The word with the fewest slips of the keyboard between it and `word`, the more used one among equals.

    Slips are letters missing, added, changed or swapped: one in words up to five letters, two in longer ones.
    The first letter, or the second where the two were swapped, must be right; that keeps the search short.
    """
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return None
    slips = 1 if len(word) < 6 else 2
    candidates: dict[str, int] = {}
    for first in {word[0], word[1]}:
        for segment, _ in segments:
            for near, distance, _ in process.extract(
                word,
                segment.bucket(first.encode(), deadline.check),
                scorer=OSA.distance,
                score_cutoff=slips,
                limit=LOOKED_AT,
            ):
                candidates[near] = distance
            deadline.check()
    best: tuple[int, int, str] | None = None
    for near, distance in sorted(candidates.items(), key=lambda item: (item[1], item[0]))[:LOOKED_AT]:
        having = alive(segments, near, deadline)
        if having and (best is None or (distance, -having) < best[:2]):
            best = (distance, -having, near)
    return best[2] if best else None
