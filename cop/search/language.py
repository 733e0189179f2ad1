"""How text becomes words: one analyser for the index, the query and the highlights, so that they always agree.

A token is a run of letters, digits and combining marks; an apostrophe inside it belongs to it. Each token is
folded (NFKC, accents off, lower case, possessive and apostrophes off) into a *word*, and the word is reduced to
a *term* that is the same for singular and plural and for the forms of a verb. Stop words are indexed like any
other, because phrases need them; only queries leave them out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cop.search.engine import porter2

# A letter or digit, then letters, digits, combining marks, soft hyphens and zero-width joiners (PDF text has
# them inside words), or an apostrophe that a letter follows.
TOKEN = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d]|['’ʼ](?=[^\W_]))*")
MAX_WORD = 40

_STOP_WORDS = """
a about all also am an and any are as at be been being but by can could did do does doing for from had
has have having he her here him his how i if in into is it its just me more most my no nor not of off on
or our out over own she should so some such than that the their them then there these they this those
through to too under until up very was we were what when where which while who whom why will with would
you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Pairs the stemmer keeps apart although people mean the same thing, as term → term. Each line was met in real
# searches of procurement documents; the stemmer's own rules cannot reach them.
_SAME_TERM = {
    "mainten": "maintain",
    "retent": "retain",
    "explan": "explain",
    "buse": "bus",
    "analysi": "analys",
    "analyt": "analys",
    "analyz": "analys",
    "catalog": "catalogu",
    "licenc": "licens",
    "programm": "program",
}
_IRREGULAR = {
    "children": "child",
    "women": "woman",
    "men": "man",
    "people": "person",
    "persons": "person",
    "criteria": "criterion",
    "feet": "foot",
    "data": "datum",
    "buses": "bus",
    "busses": "bus",
    "lives": "life",
    "indices": "index",
    "appendices": "appendix",
    "bought": "buy",
    "paid": "pay",
    "learnt": "learn",
    "spent": "spend",
    "built": "build",
    "met": "meet",
    "won": "win",
    "chose": "choose",
    "chosen": "choose",
    "lying": "lie",
    "dying": "die",
    "tying": "tie",
}
# American spellings fold into British ones: organize, organization, analyze. The guard keeps size and prize.
_Z_SPELLING = re.compile(r"(?<=[a-z]{4})([iy])z(?=e$|es$|ed$|er$|ers$|ing$|ation$|ations$)")
_Z_KEPT = re.compile(r"(?:size|seize|prize|assize|capsize)[a-z]*$|sizing$|seizing$")
_VOWEL = re.compile("[aeiouy]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word where it stands: `term` for matching, `word` folded but whole, `start` and `end` in characters."""

    term: str
    word: str
    start: int
    end: int


@lru_cache(maxsize=100_000)
def fold(token: str) -> str:
    """One token without accents, case, apostrophes and possessive; at most `MAX_WORD` characters; may be empty."""
    if token.isascii():
        folded = token.lower()
    else:
        spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", token).casefold())
        folded = "".join(char for char in spread if char.isalnum() or char in "'’ʼ").translate(_LETTERS)
    for quote in "'’ʼ":
        if quote in folded:
            folded = folded.removesuffix(quote + "s").replace(quote, "")
    return folded[:MAX_WORD]


_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


@lru_cache(maxsize=100_000)
def term_of(word: str) -> str:
    """The term a folded word is indexed and looked up under."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return (
            word[:-1] if len(word) == 3 and word.isalpha() and word.endswith("s") and _plural(word) else word
        )
    if "z" in word and not _Z_KEPT.search(word):
        word = _Z_SPELLING.sub(r"\1s", word)
    if word[-1] == "s" and word[-2] != "s" and len(word) < 6 and not _VOWEL.search(word[:-2]):
        # The stemmer wants another vowel before it takes an s away, which abbreviations (KPIs, SMEs) lack.
        return word[:-1]
    stemmed: str = porter2(word)
    return _SAME_TERM.get(stemmed, stemmed)


@lru_cache(maxsize=4096)
def words_behind(term: str) -> tuple[str, ...]:
    """Words that come to `term` by an exception rather than by sharing its letters: person → people."""
    irregular = [word for word, found in _IRREGULAR.items() if term_of(found) == term or found == term]
    return (*irregular, *(stemmed for stemmed, found in _SAME_TERM.items() if found == term))


def _plural(word: str) -> bool:
    """Whether a three-letter word is an abbreviation's plural (MPs) rather than a word of its own (gas, bus)."""
    return word[1] not in "aeiou" and word[1] != "s" and word[0] not in "aeiou"


def tokens(text: str, *, limit: int | None = None) -> Iterator[Token]:
    """The tokens of `text` in order, the first `limit` of them. Positions are counted by the caller."""
    count = 0
    for match in TOKEN.finditer(text):
        word = fold(match.group())
        if not word:
            continue
        yield Token(term_of(word), word, match.start(), match.end())
        count += 1
        if limit is not None and count >= limit:
            return


def words(text: str, limit: int) -> list[tuple[str, str]]:
    """Pairs (term, word) of the first `limit` tokens: what the index needs, without the cost of `Token`."""
    found: list[tuple[str, str]] = []
    for token in TOKEN.findall(text):
        word = fold(token)
        if word:
            found.append((term_of(word), word))
            if len(found) >= limit:
                break
    return found
