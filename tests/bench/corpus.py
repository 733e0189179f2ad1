"""A made-up library for benchmarks: Zipf-like, deterministic, any size; nothing in it was written by a person."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from cop.search.document import Audience, Document
from cop.search.language import STOP_WORDS

VOCABULARY = 60_000
WORDS_EACH = 300
SKEW = 1.05
_SOUNDS = """
b c ch d f g h j k l m n p pl pr qu r s sh st t th tr v w con re in pro de ex un com
a e i o u ai ea ee io ou
b ck d g l ll m n nd nt p r rt s ss st t x
"""
_STARTS, _VOWELS, _ENDS = (line.split() for line in _SOUNDS.strip().splitlines())
_TAILS = ["", "", "", "s", "ed", "ing", "er", "ment", "ation", "ity"]


def vocabulary(size: int = VOCABULARY) -> list[str]:
    """Words by falling frequency: the stop words first, then pronounceable ones."""
    rng = random.Random(1)
    found = dict.fromkeys(sorted(STOP_WORDS))
    while len(found) < size:
        syllables = "".join(
            rng.choice(_STARTS) + rng.choice(_VOWELS) + rng.choice(_ENDS)
            for _ in range(rng.choice((1, 1, 2, 2, 3)))
        )
        found.setdefault(syllables + rng.choice(_TAILS))
    return list(found)


class Corpus:
    """Documents 1 … `public` for everybody, then `private` ones for the teams 1 … 20."""

    def __init__(self, public: int, private: int) -> None:
        self.public = public
        self.private = private
        self.words = vocabulary()
        self._cumulative = list(accumulate(1 / (rank + 8) ** SKEW for rank in range(len(self.words))))

    def text(self, number: int) -> tuple[str, str, str]:
        """Title, summary and body of one document."""
        rng = random.Random(number)
        drawn = rng.choices(self.words, cum_weights=self._cumulative, k=WORDS_EACH)
        body = drawn[30:]
        if number % 20 == 0:
            body[40:43] = ["terms", "of", "contract"]
        if number % 997 == 0:
            body[60:63] = ["zebra", "quagga", "crossing"]
        sentences = (" ".join(body[at : at + 15]).capitalize() for at in range(0, len(body), 15))
        return (
            " ".join(drawn[:8]).capitalize(),
            " ".join(drawn[8:30]).capitalize() + ".",
            ". ".join(sentences) + ".",
        )

    def audience(self, number: int) -> Audience:
        """Who may find document `number`."""
        return Audience.public() if number <= self.public else Audience.team(number % 20 + 1)

    def documents(self) -> Iterator[Document]:
        """All of them, in order."""
        day = datetime(2026, 1, 1, tzinfo=UTC)
        for number in range(1, self.public + self.private + 1):
            title, summary, body = self.text(number)
            yield Document(
                kind="asset",
                id=number,
                title=title,
                summary=summary,
                body=body,
                audience=self.audience(number),
                date=day - timedelta(hours=number * 7 % 40_000),
            )
