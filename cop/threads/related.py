"""What was discussed or written already, for the title somebody is typing: what search finds for them, and no more."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.threads.references import REFERENCES

TYPED_MAX = 150
SHOWN = 3
SHORTEST = 4
_COMMON = frozenset(
    {
        "about",
        "after",
        "before",
        "could",
        "does",
        "from",
        "have",
        "into",
        "should",
        "than",
        "that",
        "their",
        "them",
    }
    | {
        "there",
        "these",
        "they",
        "this",
        "those",
        "what",
        "when",
        "where",
        "which",
        "will",
        "with",
        "would",
        "your",
    }
)


@dataclass(frozen=True, slots=True)
class Related:
    """Something that may answer the question already."""

    title: str
    href: str
    about: str


def to_title(actor: Actor, *, tx: Tx, title: str) -> list[Related]:
    """Threads and documents with the most words of a title in theirs. A query or two for each word and kind."""
    words = list(dict.fromkeys(word for word in _words(title[:TYPED_MAX]) if word not in _COMMON))[:4]
    found: dict[tuple[str, int], tuple[int, Related]] = {}
    for word in words:
        for kind, provider in REFERENCES.items():
            for each in provider.find(actor, tx, word, 4 * SHOWN):
                count, _ = found.get((kind, each.id), (0, None))
                line = Related(each.title, f"/{provider.path}/{each.id}", each.about)
                found[kind, each.id] = count + 1, line
    enough = 2 if len(words) > 2 else 1
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return [line for _, (count, line) in ordered if count >= enough][: 2 * SHOWN]


def _words(text: str) -> list[str]:
    kept = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return [word for word in kept.split() if len(word) >= SHORTEST]
