"""What was typed, understood: words, "phrases", prefix* and -not. Any text at all gives a query; nothing raises.

Deliberately small: no brackets, no fields, no operators. At most `MAX_CLAUSES` clauses and `MAX_WORDS` words are
used; whatever is beyond is left out and the page says so. All clauses are required; when nothing is found the
search falls back to any of them (`loosened`) and says that too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cop.search.language import STOP_WORDS, Token, tokens

MAX_TYPED = 300
MAX_CLAUSES = 12
MAX_WORDS = 24
SHORTEST_PREFIX = 3
LONGEST_JOINED = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word, in any of its forms."""

    term: str
    word: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words next to each other in this order, each in any of its forms."""

    terms: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every word that begins with `letters` (at least three)."""

    letters: str


Clause = Word | Phrase | Prefix


@dataclass(frozen=True, slots=True)
class Query:
    """Clauses that are wanted and clauses that are not. `any_of` makes one wanted clause enough."""

    wanted: tuple[Clause, ...] = ()
    unwanted: tuple[Clause, ...] = ()
    any_of: bool = False
    shortened: bool = False

    def __bool__(self) -> bool:
        return bool(self.wanted)

    def loosened(self) -> Query | None:
        """The same with any clause enough, phrases taken apart; None where that could find no more."""
        parts: list[Clause] = []
        for clause in self.wanted:
            if isinstance(clause, Phrase):
                pairs = zip(clause.terms, clause.words, strict=True)
                parts.extend(Word(term, word) for term, word in pairs if word not in STOP_WORDS)
            else:
                parts.append(clause)
        unique = tuple(dict.fromkeys(parts))[:MAX_CLAUSES]
        if len(unique) < 2 and unique == self.wanted:
            return None
        return replace(self, wanted=unique, any_of=True) if unique else None


# A quotation (straight or curly, closed), or a run without spaces and quotation marks.
_PIECE = re.compile(r'(-?)(?:"([^"“”]*)"|“([^"“”]*)["”]|([^\s"“”]+))')


def parse(typed: str) -> Query:
    """Understand what was typed. Never raises, whatever the text."""
    shortened = len(typed) > MAX_TYPED
    wanted: list[Clause] = []
    unwanted: list[Clause] = []
    count = 0
    for minus, straight, curly, bare in _PIECE.findall(typed[:MAX_TYPED]):
        clauses = _quoted(straight or curly) if straight or curly else _bare(bare)
        for clause in clauses:
            if clause in wanted or clause in unwanted:
                continue
            size = len(clause.terms) if isinstance(clause, Phrase) else 1
            if len(wanted) + len(unwanted) >= MAX_CLAUSES or count + size > MAX_WORDS:
                shortened = True
                continue
            count += size
            (unwanted if minus else wanted).append(clause)
    telling = [clause for clause in wanted if not _is_stop(clause)]
    return Query(tuple(telling or wanted), tuple(unwanted), shortened=shortened)


def _is_stop(clause: Clause) -> bool:
    return isinstance(clause, Word) and clause.word in STOP_WORDS


def _words(found: list[Token]) -> list[Clause]:
    return [Word(token.term, token.word) for token in found]


def _phrase(found: list[Token]) -> list[Clause]:
    if len(found) < 2:
        return _words(found)
    return [Phrase(tuple(token.term for token in found), tuple(token.word for token in found))]


def _quoted(text: str) -> list[Clause]:
    return _phrase(list(tokens(text, limit=MAX_WORDS)))


def _bare(text: str) -> list[Clause]:
    found = list(tokens(text, limit=MAX_WORDS))
    if found and text.endswith("*") and text[found[-1].end :].strip("*") == "":
        last = found.pop()
        if len(last.word) >= SHORTEST_PREFIX:
            return [*_words(found), Prefix(last.word)]
        return _words([*found, last])
    if 2 <= len(found) <= LONGEST_JOINED:
        # "open-book", "e-mail" and "2.5" were written as one thing, so their parts must stand together.
        return _phrase(found)
    return _words(found)
