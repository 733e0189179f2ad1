"""What changed between two long texts, word by word, in a bounded number of steps: 200 pages, and hostile ones too.

Words are compared, not lines: a document that was laid out anew breaks its lines elsewhere and says the same. Runs of
words that stand once in each text anchor the comparison; between two anchors shorter runs are tried, then a longest
common subsequence where that is cheap, and what is left is one piece taken away and one put in its place. All steps are
counted; a text made to be slow ends in larger pieces, never in more steps.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rapidfuzz.distance import LCSseq

RUNS = (12, 5, 2, 1)
"""How many words in a row anchor, at the first try and after it."""
MOST_CELLS = 250_000
"""The product of two lengths in words up to which what is between two anchors is compared word by word."""
ALL_CELLS = 40_000_000
"""How much of that there is for one comparison."""
WORDS_APART = 3
"""Changes with fewer kept words between them are one: nobody can read a sentence marked word by word."""

_WORD = re.compile(r"\w+|[^\w\s]")
_LETTERS = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Step:
    """So many characters of both texts that say the same (they may differ in spaces), then what differs."""

    old_same: int
    new_same: int
    removed: int
    added: int


@dataclass(slots=True)
class Work:
    """What a comparison has cost: words looked at, and cells of the table of a common subsequence."""

    words: int = 0
    cells: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The steps that make one text of the other, and how many words stayed, went and came."""

    steps: Sequence[Step]
    kept: int
    removed: int
    added: int
    work: Work = field(compare=False, default_factory=Work)

    @property
    def changes(self) -> int:
        """How many places differ."""
        return sum(1 for step in self.steps if step.removed or step.added)


@dataclass(frozen=True, slots=True)
class _Match:
    """Words of the old from `a` and of the new from `b` that are the same, `size` of them."""

    a: int
    b: int
    size: int


def compare(old: str, new: str) -> Comparison:
    """Compare two texts by their words. Spaces and line ends alone are no difference."""
    work = Work()
    olds, news = _Words(old), _Words(new)
    numbers: dict[str, int] = {}
    a = [numbers.setdefault(word, len(numbers)) for word in olds.words]
    b = [numbers.setdefault(word, len(numbers)) for word in news.words]
    work.words += len(a) + len(b)
    matches = list(_joined(_matches(a, b, work)))
    return _told(olds, news, matches, work)


class _Words:
    """The words of a text and where each begins; a word reaches to the next, so that nothing is lost between them."""

    def __init__(self, text: str) -> None:
        found = list(_WORD.finditer(text))
        self.words = [match.group() for match in found]
        self.starts = [match.start() for match in found]
        if self.starts:
            # What stands before the first word goes with it.
            self.starts[0] = 0
        self.length = len(text)

    def at(self, index: int) -> int:
        """Where the word of that index begins; after the last, where the text ends. 0 where there is no word."""
        if not index:
            return 0
        return self.starts[index] if index < len(self.starts) else self.length

    def letters(self, start: int, end: int) -> int:
        """How many of these are words and no marks."""
        return sum(1 for word in self.words[start:end] if _LETTERS.match(word))


def _matches(a: Sequence[int], b: Sequence[int], work: Work) -> Iterator[_Match]:
    """Everything that is the same, in order."""
    gaps: list[tuple[int, int, int, int, int]] = [(0, len(a), 0, len(b), 0)]
    # The gaps lie on a stack, the first on top, so that matches come in order and nothing recurs.
    while gaps:
        low_a, high_a, low_b, high_b, level = gaps.pop()
        if level < 0:
            yield _Match(low_a, low_b, high_a - low_a)
            continue
        head = _common(a, b, low_a, high_a, low_b, high_b, work)
        if head:
            yield _Match(low_a, low_b, head)
            low_a, low_b = low_a + head, low_b + head
        tail = _common_end(a, b, low_a, high_a, low_b, high_b, work)
        if tail:
            gaps.append((high_a - tail, high_a, high_b - tail, high_b, -1))
            high_a, high_b = high_a - tail, high_b - tail
        if low_a == high_a or low_b == high_b:
            continue
        cells = (high_a - low_a) * (high_b - low_b)
        if cells <= MOST_CELLS and work.cells + cells <= ALL_CELLS:
            work.cells += cells
            yield from _common_words(a, b, low_a, high_a, low_b, high_b)
        elif level < len(RUNS):
            anchors = _anchors(a, b, low_a, high_a, low_b, high_b, RUNS[level], work)
            gaps.extend(reversed(_between(anchors, low_a, high_a, low_b, high_b, level + 1)))


def _common(
    a: Sequence[int], b: Sequence[int], low_a: int, high_a: int, low_b: int, high_b: int, work: Work
) -> int:
    """How many words both begin with."""
    size, most = 0, min(high_a - low_a, high_b - low_b)
    while size < most and a[low_a + size] == b[low_b + size]:
        size += 1
    work.words += size + 1
    return size


def _common_end(
    a: Sequence[int], b: Sequence[int], low_a: int, high_a: int, low_b: int, high_b: int, work: Work
) -> int:
    """How many words both end with."""
    size, most = 0, min(high_a - low_a, high_b - low_b)
    while size < most and a[high_a - 1 - size] == b[high_b - 1 - size]:
        size += 1
    work.words += size + 1
    return size


def _common_words(
    a: Sequence[int], b: Sequence[int], low_a: int, high_a: int, low_b: int, high_b: int
) -> Iterator[_Match]:
    # The standard library's matcher takes cubic time where one mark is repeated.
    for block in LCSseq.opcodes(a[low_a:high_a], b[low_b:high_b]).as_matching_blocks():
        if block.size:
            yield _Match(low_a + block.a, low_b + block.b, block.size)


def _anchors(
    a: Sequence[int],
    b: Sequence[int],
    low_a: int,
    high_a: int,
    low_b: int,
    high_b: int,
    run: int,
    work: Work,
) -> list[tuple[int, int]]:
    """Where runs of so many words stand once in each, as the longest series that goes up in both."""
    work.words += high_a - low_a + high_b - low_b
    once = _once(a, low_a, high_a, run)
    pairs = [(once[key], at) for key, at in _once(b, low_b, high_b, run).items() if once.get(key) is not None]
    pairs.sort()
    # Two runs may share a number by chance; then they are no anchor.
    same = [(at, to) for at, to in pairs if all(a[at + i] == b[to + i] for i in range(run))]
    return _rising(same)


def _once(words: Sequence[int], low: int, high: int, run: int) -> dict[int, int]:
    """Where each run that stands there only once begins, by a number made of its words."""
    at: dict[int, int] = {}
    twice: set[int] = set()
    rows = [islice(words, low + shift, high) for shift in range(run)]
    for index, key in enumerate(map(hash, zip(*rows, strict=False)), low):
        if key in at:
            twice.add(key)
        else:
            at[key] = index
    for key in twice:
        del at[key]
    return at


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of pairs sorted by the first number whose second numbers rise (patience sorting)."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, (_, to) in enumerate(pairs):
        place = bisect_left(ends, to)
        before.append(at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(to)
            at.append(index)
        else:
            ends[place], at[place] = to, index
    found = []
    index = at[-1] if at else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def _between(
    anchors: Sequence[tuple[int, int]], low_a: int, high_a: int, low_b: int, high_b: int, level: int
) -> list[tuple[int, int, int, int, int]]:
    """The gaps before, between and after anchors; each but the first begins with the words of its anchor."""
    found = []
    at, to = low_a, low_b
    for next_a, next_b in anchors:
        # The anchors of one long stretch lie side by side; they are found again as what a gap begins with.
        if next_a - at == next_b - to and (at, to) != (low_a, low_b) and next_a - at < RUNS[0]:
            continue
        found.append((at, next_a, to, next_b, level))
        at, to = next_a, next_b
    found.append((at, high_a, to, high_b, level))
    return found


def _joined(matches: Iterator[_Match]) -> Iterator[_Match]:
    """Matches that touch in both texts as one."""
    last: _Match | None = None
    for match in matches:
        if last is not None and last.a + last.size == match.a and last.b + last.size == match.b:
            last = _Match(last.a, last.b, last.size + match.size)
            continue
        if last is not None:
            yield last
        last = match
    if last is not None:
        yield last


def _told(olds: _Words, news: _Words, matches: Sequence[_Match], work: Work) -> Comparison:
    """Matches as steps of characters, changes that are close to each other as one."""
    kept = [match for match in matches if _stands_alone(olds, news, match)]
    steps: list[Step] = []
    same = removed = added = 0
    at = to = 0
    held = (0, 0)
    if not olds.words and not news.words:
        return Comparison(
            [Step(olds.length, news.length, 0, 0)] if olds.length or news.length else [], 0, 0, 0
        )
    for match in [*kept, _Match(len(olds.words), len(news.words), 0)]:
        # To the very end, where a text is nothing but spaces.
        ends = (olds.at(match.a), news.at(match.b)) if match.size else (olds.length, news.length)
        differs = (ends[0] - olds.at(at), ends[1] - news.at(to))
        steps.append(Step(*held, *differs))
        removed += olds.letters(at, match.a)
        added += news.letters(to, match.b)
        same += olds.letters(match.a, match.a + match.size)
        at, to = match.a + match.size, match.b + match.size
        held = (olds.at(at) - olds.at(match.a), news.at(to) - news.at(match.b))
    if any(held):
        steps.append(Step(*held, 0, 0))
    return Comparison([step for step in steps if step != Step(0, 0, 0, 0)], same, removed, added, work)


def _stands_alone(olds: _Words, news: _Words, match: _Match) -> bool:
    """Whether a reader sees it as kept: some words, or how both texts begin or end."""
    if match.a == match.b == 0:
        return True
    if match.a + match.size == len(olds.words) and match.b + match.size == len(news.words):
        return True
    return olds.letters(match.a, match.a + match.size) >= WORDS_APART
