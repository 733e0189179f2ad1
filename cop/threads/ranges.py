"""Numbers of posts as words that fit into an address: "2-4,7"."""

from __future__ import annotations

from collections.abc import Collection

TYPED_MAX = 10_000
"""Characters of such words that are read at all."""


def written(numbers: Collection[int]) -> str:
    """These numbers in order, neighbours as one range."""
    parts: list[list[int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def read(words: str, *, last: int) -> set[int]:
    """The numbers from 1 to `last` that these words name. What nobody but a stranger's program writes is left out."""
    found: set[int] = set()
    for part in words[:TYPED_MAX].split(","):
        begin, _, end = part.partition("-")
        ends = [_number(begin), _number(end or begin)]
        if None not in ends:
            first, to = (int(each or 0) for each in ends)
            found.update(range(max(first, 1), min(to, last) + 1))
    return found


def _number(words: str) -> int | None:
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None
