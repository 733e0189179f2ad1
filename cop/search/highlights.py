"""Why a result matched: its title with the hits marked, and the passage of its text that shows most of them.

The analyser decides what is a hit, so marks agree with the search: stems, accents and phrases included. It is too
slow for a whole document (50 ms for 200,000 characters), so likely places are found first by plain string search
for the letters that all forms of a term share, and only those places are analysed.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cop.search.backend import Deadline
from cop.search.document import MOST_TEXT, Presented
from cop.search.language import TOKEN, fold, term_of, words_behind
from cop.search.query import Clause, Phrase, Prefix, Query

PASSAGE = 230
LEAD = 60
CHUNK = 25_000
MOST_PLACES = 100
SHORT_TEXT = 4_000

Segment = tuple[str, bool]
"""Some text, and whether it is a hit."""

Hit = tuple[int, int, int]
"""Start and end in characters, and which clause it is a hit of."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Text in segments for the template to escape; `before` and `after` say whether something was left out."""

    segments: tuple[Segment, ...]
    before: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """A result's title and passage with marks, and where it matched: "title", "summary", "inside", "names".

    `rows` is a second passage, of a table, where the first is its summary.
    """

    title: tuple[Segment, ...]
    passage: Passage
    where: tuple[str, ...]
    rows: Passage | None = None


_JOINERS = frozenset("'’ʼ\u00ad\u200b\u200c\u200d") | frozenset(map(chr, range(0x300, 0x370)))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


@lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    folded = unicodedata.normalize("NFKD", letter)[0].lower()
    return folded if len(folded) == 1 else letter


def _folded(text: str) -> str:
    """Plain lower-case letters, one for one, so that places stay the same."""
    if text.isascii():
        return text.lower()
    return _NOT_ASCII.sub(lambda match: _plain(match.group()), text).lower()


def explain(presented: Presented, query: Query, deadline: Deadline | None = None) -> Explained:
    """Mark up one result. After the deadline the summary is shown without looking into the text."""
    title_hits = find_hits(presented.title, query)
    summary_hits = find_hits(presented.summary, query)
    late = deadline is not None and deadline.left() < 0
    where = [name for name, hits in (("title", title_hits), ("summary", summary_hits)) if hits]
    passage = _whole(presented.summary, summary_hits)
    rows = None
    if not late and presented.text:
        found, chunk_hits, start = _best_chunk(presented.text[:MOST_TEXT], query, deadline)
        if chunk_hits:
            where.append("inside")
            summary_clauses = {clause for _, _, clause in summary_hits}
            inside_clauses = {clause for _, _, clause in chunk_hits}
            if len(inside_clauses) > len(summary_clauses) or not presented.summary:
                inside = _cut(presented.text, found, chunk_hits, start)
                if presented.table and presented.summary:
                    rows = inside
                else:
                    passage = inside
        elif not presented.summary:
            passage = _cut(presented.text, (0, 0), [], 0)
    if presented.names and find_hits(presented.names, query):
        where.append("names")
    return Explained(mark(presented.title, title_hits), passage, tuple(where), rows)


def find_hits(text: str, query: Query) -> list[Hit]:
    """All hits in a short text, in order, none overlapping another."""
    folded = _folded(text)
    found: list[Hit] = []
    for number, clause in enumerate(query.wanted):
        found.extend((start, end, number) for start, end in _places(text, folded, clause))
    if not found and len(text) <= SHORT_TEXT and not text.isascii():
        found = _slowly(text, query)
    found.sort(key=lambda hit: (hit[0], -hit[1]))
    kept: list[Hit] = []
    for hit in found:
        if not kept or hit[0] >= kept[-1][1]:
            kept.append(hit)
    return kept


def _slowly(text: str, query: Query) -> list[Hit]:
    """Try every token: for text whose accents stand beside their letters, where string search finds nothing."""
    return [
        (match.start(), end, number)
        for match in TOKEN.finditer(text)
        for number, clause in enumerate(query.wanted)
        if (end := _matches(text, match.start(), clause)) is not None
    ]


def _places(text: str, folded: str, clause: Clause) -> Iterator[tuple[int, int]]:
    for needle in _needles(clause):
        at = folded.find(needle)
        looks = 0
        while at >= 0 and looks < MOST_PLACES:
            looks += 1
            if not _inside_a_token(text, at):
                end = _matches(text, at, clause)
                if end is not None:
                    yield at, end
            at = folded.find(needle, at + 1)


def _inside_a_token(text: str, at: int) -> bool:
    """Whether the character at `at` goes on with a token that began before it."""
    before = text[at - 1] if at else " "
    if before.isalnum():
        return True
    return before in _JOINERS and TOKEN.fullmatch(text[max(0, at - 2) : at + 1]) is not None


def _needles(clause: Clause) -> tuple[str, ...]:
    if isinstance(clause, Prefix):
        return (clause.letters,)
    if isinstance(clause, Phrase):
        return _shared_letters(clause.terms[0], clause.words[0])
    return _shared_letters(clause.term, clause.word)


@lru_cache(maxsize=4096)
def _shared_letters(term: str, word: str) -> tuple[str, ...]:
    """Beginnings of which every word with this term has one."""
    found = set()
    for form in (term, word, *words_behind(term)):
        short = form.removesuffix("s") if len(form) > 3 else form
        if len(short) > 4 and short[-2:] in ("is", "ys"):
            short = short[:-2]
        trimmed = short.rstrip("aeiouysz" if len(short) > 3 else "aeiouy")
        if trimmed.endswith("bl"):
            trimmed = trimmed[:-1]  # possible, possibility
        found.add(trimmed if len(trimmed) >= 2 else short[:2])
    return tuple(one for one in sorted(found) if not any(one != two and one.startswith(two) for two in found))


def _matches(text: str, start: int, clause: Clause) -> int | None:
    """The end of the hit of `clause` that begins at `start`, if there is one."""
    match = TOKEN.match(text, start)
    if match is None:
        return None
    if isinstance(clause, Prefix):
        return match.end() if fold(match.group()).startswith(clause.letters) else None
    if not isinstance(clause, Phrase):
        return match.end() if term_of(fold(match.group())) == clause.term else None
    for place, term in enumerate(clause.terms):
        if place:
            match = TOKEN.search(text, match.end())
            if match is None:
                return None
        if term_of(fold(match.group())) != term:
            return None
    return match.end()


def _best_chunk(text: str, query: Query, deadline: Deadline | None) -> tuple[tuple[int, int], list[Hit], int]:
    """The best window of the text: its first and last hit, the hits of its chunk, and where the chunk starts.

    Chunks are read from the front and reading stops at the first window that shows every clause.
    """
    best: tuple[int, tuple[int, int], list[Hit], int] = (0, (0, 0), [], 0)
    for start in range(0, len(text), CHUNK):
        hits = find_hits(text[start : start + CHUNK + PASSAGE], query)
        if hits:
            score, window = _best_window(hits)
            if score > best[0]:
                best = (score, window, hits, start)
            if score == len(query.wanted):
                break
        if deadline is not None and deadline.left() < 0:
            break
    return best[1], best[2], best[3]


def _best_window(hits: Sequence[Hit]) -> tuple[int, tuple[int, int]]:
    """How many different clauses the best window shows, and its first and last hit."""
    starts = [hit[0] for hit in hits]
    best = (0, (0, 0))
    for first, hit in enumerate(hits):
        beyond = bisect_left(starts, hit[0] + PASSAGE - LEAD)
        score = len({clause for _, _, clause in hits[first:beyond]})
        if score > best[0]:
            best = (score, (first, beyond - 1))
    return best


def _cut(text: str, window: tuple[int, int], hits: Sequence[Hit], offset: int) -> Passage:
    """A passage around the window's hits, from the start of a word to the end of one."""
    inside = [
        (start + offset, end + offset, clause) for start, end, clause in hits[window[0] : window[1] + 1]
    ]
    first = inside[0][0] if inside else 0
    begin = max(0, first - LEAD)
    if begin:
        # Rather the start of the sentence where it is near, else the start of a word.
        stop = max(text.rfind(". ", begin, first), text.rfind("\n", begin, first))
        space = text.find(" ", begin, first)
        begin = stop + 1 if stop >= 0 else space + 1 if space >= 0 else begin
        while begin < first and text[begin].isspace():
            begin += 1
    end = min(len(text), max(begin + PASSAGE, inside[-1][1] if inside else 0))
    if end < len(text):
        space = text.rfind(" ", first + 1, end)
        end = space if inside and space >= inside[-1][1] else end
    hits_within = [(start - begin, stop - begin, clause) for start, stop, clause in inside if stop <= end]
    piece = text[begin:end]
    return Passage(mark(piece, hits_within), before=begin > 0, after=end < len(text))


def _whole(text: str, hits: Sequence[Hit]) -> Passage:
    return Passage(mark(text, hits))


def mark(text: str, hits: Sequence[Hit]) -> tuple[Segment, ...]:
    """Segments of `text` with runs of white space made one space; hits beside each other become one."""
    segments: list[Segment] = []
    at = 0
    for start, end, _ in hits:
        between = text[at:start]
        if segments and segments[-1][1] and between in (" ", "-", "\u2011"):
            segments[-1] = (segments[-1][0] + between + _calm(text[start:end]), True)
        else:
            if between:
                segments.append((_calm(between), False))
            segments.append((_calm(text[start:end]), True))
        at = end
    if at < len(text):
        segments.append((_calm(text[at:]), False))
    return tuple(segments)


def _calm(text: str) -> str:
    lead = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and len(text) > 1 else ""
    return lead + " ".join(text.split()) + tail if text.strip() else " "
