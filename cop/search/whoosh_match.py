"""Which documents of a segment match a query, and how well: loops of our own over whole posting lists.

Two models of worth. The public index knows how rare a word is and how long documents are on average (BM25 over
weighted frequencies, which is BM25F). The members' index must not: rarity and averages would tell one team what
another writes about. There only field, frequency, length and (for ties) date count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from cop.search.backend import Deadline, OutOfTime
from cop.search.query import SHORTEST_PREFIX, Clause, Phrase, Prefix, Query, Word
from cop.search.whoosh_schema import unpack_positions
from cop.search.whoosh_segment import Segment

MOST_EXPANSIONS = 400
SATURATION = 1.2
LENGTH_SHARE = 0.6
FIXED_LENGTH = 300
LOOK_EVERY = 127


@dataclass(frozen=True, slots=True)
class Model:
    """How worth is reckoned: the typical length, and how much each wanted clause counts."""

    typical: int
    counts: dict[Clause, float]

    def norm(self, length: int) -> float:
        """How much frequency a document of this weighted length needs for half of the possible worth."""
        return SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length / self.typical)


def plain_model(query: Query) -> Model:
    """For the members' index: every clause counts the same, lengths are measured against a fixed one."""
    return Model(FIXED_LENGTH, dict.fromkeys(query.wanted, 1.0))


def public_model(query: Query, segments: Sequence[Segment]) -> Model:
    """For the public index: rare words count more, lengths are measured against the average one."""
    total = max(1, sum(segment.size for segment in segments))
    average = sum(sum(segment.lengths) for segment in segments) / total

    def rarity(term: str) -> float:
        having = sum(segment.frequency("text", term.encode()) for segment in segments)
        return math.log(1 + (total - having + 0.5) / (having + 0.5)) if having < total else 0.01

    counts: dict[Clause, float] = {}
    for clause in query.wanted:
        if isinstance(clause, Word):
            counts[clause] = rarity(clause.term)
        elif isinstance(clause, Phrase):
            counts[clause] = sum(rarity(term) for term in clause.terms)
        else:
            counts[clause] = 1.0
    # Rounded, so that the remembered norms stay good while documents come in one by one.
    return Model(max(10, round(average / 10) * 10), counts)


def match(
    segment: Segment,
    allowed: frozenset[int] | None,
    deleted: frozenset[int],
    query: Query,
    model: Model,
    deadline: Deadline,
) -> dict[int, float]:
    """Document number → worth. `allowed` None means every document. Raises `OutOfTime`."""
    matcher = _Matcher(segment, allowed, deleted, deadline)
    norms = segment.norms((model.typical,), model.norm)
    walk = matcher.any_of if query.any_of else matcher.all_of
    worth = walk(query.wanted, model, norms)
    for clause in query.unwanted:
        if worth:
            for doc in matcher.weights(clause, set(worth)):
                worth.pop(doc, None)
    return worth


class _Matcher:
    """One query's walk through one segment."""

    def __init__(
        self, segment: Segment, allowed: frozenset[int] | None, deleted: frozenset[int], deadline: Deadline
    ) -> None:
        self.segment = segment
        self.allowed = allowed
        self.deleted = deleted
        self.check = deadline.check

    def _size(self, clause: Clause) -> int:
        """About how many documents a clause matches, cheaply: for taking the rarest first."""
        if isinstance(clause, Word):
            return self.segment.frequency("text", clause.term.encode())
        if isinstance(clause, Phrase):
            return min(self.segment.frequency("text", term.encode()) for term in clause.terms)
        return self.segment.size

    def all_of(self, clauses: Sequence[Clause], model: Model, norms: list[float]) -> dict[int, float]:
        """Documents that match every clause; nothing more is read once none is left."""
        among: set[int] | None = None
        lists: list[tuple[float, dict[int, float]]] = []
        sizes = {clause: self._size(clause) for clause in clauses}
        if 0 in sizes.values():
            return {}
        for clause in sorted(clauses, key=lambda one: (isinstance(one, Phrase), sizes[one])):
            weights = self.weights(clause, among)
            among = self._live(weights.keys() if among is None else weights.keys() & among)
            if not among:
                return {}
            lists.append((model.counts[clause], weights))
        worth = dict.fromkeys(among or (), 0.0)
        for count, weights in lists:
            self.check()
            for doc in worth:
                weight = weights[doc]
                worth[doc] += count * weight / (weight + norms[doc])
        return worth

    def any_of(self, clauses: Sequence[Clause], model: Model, norms: list[float]) -> dict[int, float]:
        """Documents that match at least one clause; those that match more are worth more."""
        worth: dict[int, float] = {}
        for clause in clauses:
            self.check()
            count = model.counts[clause]
            get = worth.get
            for doc, weight in self.weights(clause, None).items():
                worth[doc] = get(doc, 0.0) + count * weight / (weight + norms[doc])
        live = self._live(worth.keys())
        return worth if len(live) == len(worth) else {doc: worth[doc] for doc in live}

    def _live(self, docs: AbstractSet[int]) -> set[int]:
        found = set(docs) if self.allowed is None else set(self.allowed & docs)
        return found - self.deleted if self.deleted else found

    def weights(self, clause: Clause, among: set[int] | None) -> dict[int, float]:
        """Document → weight for one clause; `among` may be used to do less, not to filter exactly."""
        if isinstance(clause, Word):
            return self.segment.weights("text", clause.term.encode(), self.check, among)
        if isinstance(clause, Prefix):
            return dict.fromkeys(self._prefix(clause.letters), 1.0)
        return self._phrase(clause, among)

    def _prefix(self, letters: str) -> set[int]:
        """Documents with a word that begins so.

        Only words that lead to a document the reader may find count towards the limit: if others counted,
        a cut-off list would tell that somebody wrote them.
        """
        if len(letters) == SHORTEST_PREFIX:
            return set(self.segment.docs("edge", letters.encode(), self.check))
        found: set[int] = set()
        used = 0
        for word in self.segment.vocabulary("word", letters.encode(), self.check):
            docs = self._live(set(self.segment.docs("word", word, self.check)))
            if docs:
                found |= docs
                used += 1
                if used > MOST_EXPANSIONS:
                    raise OutOfTime
        return found

    def _phrase(self, phrase: Phrase, among: set[int] | None) -> dict[int, float]:
        """Documents with the words next to each other; the weight is how often.

        The rarest word's places come first and each further word thins them out, so that the lists of the most
        frequent words are only read where something is left.
        """
        terms = [term.encode() for term in phrase.terms]
        sizes = {term: self.segment.frequency("text", term) for term in terms}
        order = sorted(range(len(terms)), key=lambda place: sizes[terms[place]])
        starts: dict[int, set[int]] = {}
        for step, offset in enumerate(order):
            packed = self.segment.positions(terms[offset], self.check, among if step == 0 else starts.keys())
            docs = packed.keys() if step == 0 else packed.keys() & starts.keys()
            if step == 0:
                docs = self._live(docs if among is None else docs & among)
            thinned: dict[int, set[int]] = {}
            for count, doc in enumerate(docs):
                if not count & LOOK_EVERY:
                    self.check()
                places = {place - offset for place in unpack_positions(packed[doc])}
                if step:
                    places &= starts[doc]
                if places:
                    thinned[doc] = places
            starts = thinned
            if not starts:
                return {}
        return {doc: float(len(places)) for doc, places in starts.items()}
