"""Searching: from what somebody typed to a page of results with counts, marks and a suggestion, in 400 ms.

The time is shared out beforehand: the engine must leave enough for the counts, the counts enough for the page.
Whatever runs short is left out and said ("More than 20 results"), never waited for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from cop.accounts.lineage import Lineage
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.paging import PAGE_SIZE, decode, encode
from cop.search.backend import Deadline, Ranked, SearchBackend
from cop.search.document import FACETS, Key, Presented, Registry
from cop.search.highlights import Explained, explain
from cop.search.language import STOP_WORDS, tokens
from cop.search.query import Query, Word, parse
from cop.search.visible import ANYWHERE, Cell, Chosen, Within, by_kind, by_thread, fits, spread, visible

TIME_LIMIT = 0.4
FOR_PAGE = 0.06
COUNTING_EACH = 5e-6
COUNTING_TELLS = 500
MOST_KEYS = 50_000
MOST_OPTIONS = 12
CHUNKS = (60, 1_000, MOST_KEYS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for. `after` is the token of a page; `chosen` the values picked for each facet.

    `thread`: only posts of this one, each by itself; else the posts of a thread are one row. `earlier`: former versions
    of documents as well. `publisher`: only what this organisation published, or one that became part of it.
    """

    typed: str
    chosen: Chosen = field(default_factory=dict)
    newest: bool = False
    after: str | None = None
    thread: int | None = None
    earlier: bool = False
    publisher: Lineage | None = None

    @property
    def within(self) -> Within:
        """What it keeps to besides the facets."""
        return Within(self.thread, tuple(self.publisher.ids) if self.publisher else ())


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet; `count` None when counting was cut short."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One result, ready for the template: of a thread the first, with how many `more` of it were found.

    `more` None: there was not the time to count them.
    """

    key: Key
    presented: Presented
    explained: Explained
    thread: int | None = None
    more: int | None = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A page of results. `total` None means at least `at_least`; `stopped` that time ran out. Both count every post,
    also those that stand behind another of their thread.

    `loosened`: nothing has all the words, these have at least one. `unfiltered`: how many there are without the
    filters, None when unknown.
    """

    query: Query
    rows: Sequence[Row] = ()
    total: int | None = 0
    at_least: int = 0
    unfiltered: int | None = 0
    groups: Sequence[tuple[str, Sequence[Option]]] = ()
    loosened: bool = False
    stopped: bool = False
    suggestion: str | None = None
    first: int = 0
    older: str | None = None


@dataclass(slots=True)
class Pace:
    """How many seconds counting takes for each document, learnt from the last times.

    A busy machine counts several times slower; whoever starts to count without time to finish is late.
    """

    each: float = COUNTING_EACH

    def learn(self, count: int, seconds: float) -> None:
        """Take a measurement into account. Small counts say nothing: their cost is the statement's."""
        if count >= COUNTING_TELLS:
            self.each = max(COUNTING_EACH, (self.each + seconds / count) / 2)

    def forget(self) -> None:
        """After a count was left out: come back towards the usual pace, so that counting is tried again."""
        self.each = max(COUNTING_EACH, self.each * 0.8)


@dataclass(frozen=True, slots=True)
class Finder:
    """Search as the application put it together: an engine and the sources of documents."""

    backend: SearchBackend
    registry: Registry
    pace: Pace = field(default_factory=Pace)

    def find(self, actor: Actor, *, tx: Tx, wanted: Wanted, seconds: float = TIME_LIMIT) -> Found:
        """Everything the results page shows. Never raises for anything typed."""
        deadline = Deadline.after(seconds)
        query = parse(wanted.typed)
        if not query:
            return Found(query)
        audiences = self.registry.audience_terms(actor, tx)
        attempt = self._attempt(actor, tx, wanted, query, audiences, deadline)
        loosened = False
        if attempt.empty and attempt.ranked.complete:
            looser = query.loosened()
            if looser is not None:
                query, loosened = looser, True
                attempt = self._attempt(actor, tx, wanted, query, audiences, deadline)
        total = attempt.total(wanted.chosen)
        if total is None and attempt.ranked.complete and attempt.older is None and attempt.sure:
            total = attempt.start + attempt.shown
        suggestion = None
        if (loosened or attempt.empty) and wanted.after is None:
            suggestion = self._suggestion(actor, tx, wanted, query, audiences, deadline)
        return Found(
            query=query,
            rows=self._rows(actor, tx, attempt, query, deadline),
            total=total,
            at_least=attempt.start + attempt.shown,
            unfiltered=attempt.total({}) if wanted.within == ANYWHERE else None,
            groups=self._groups(attempt.cells, wanted.chosen, total),
            loosened=loosened and bool(attempt.keys),
            stopped=total is None,
            suggestion=suggestion,
            first=attempt.start + 1 if attempt.keys else 0,
            older=attempt.older,
        )

    def _attempt(
        self,
        actor: Actor,
        tx: Tx,
        wanted: Wanted,
        query: Query,
        audiences: frozenset[str],
        deadline: Deadline,
    ) -> _Attempt:
        ranked = self.backend.search(
            query,
            audiences,
            deadline=deadline.earlier(FOR_PAGE),
            newest=wanted.newest,
            limit=MOST_KEYS,
        )
        ranked = replace(ranked, keys=self._asked_for(ranked.keys, wanted))
        cells: list[Cell] | None = [] if ranked.complete and not ranked.keys else None
        if ranked.complete and ranked.keys:
            cells = self._count(actor, tx, ranked.keys, wanted.within, deadline)
        attempt = _Attempt(ranked, cells)
        if cells is None or attempt.total(wanted.chosen):
            self._turn_to_page(attempt, actor, tx, wanted, deadline)
        return attempt

    def _asked_for(self, keys: list[Key], wanted: Wanted) -> list[Key]:
        """Without what is only found on request, unless it was requested."""
        apart = self.registry.on_request
        return keys if wanted.earlier or not apart else [key for key in keys if key[0] not in apart]

    def _has_time_for(self, count: int, deadline: Deadline) -> bool:
        """Whether that many keys can be asked about, and the page be made after that."""
        return deadline.left() >= FOR_PAGE / 2 + self.pace.each * count

    def _count(
        self, actor: Actor, tx: Tx, keys: Sequence[Key], within: Within, deadline: Deadline
    ) -> list[Cell] | None:
        """The visible keys by facets; None where there is not the time."""
        before = deadline.left()
        if not self._has_time_for(len(keys), deadline):
            self.pace.forget()
            return None
        cells = spread(actor, tx=tx, registry=self.registry, keys=keys, within=within)
        self.pace.learn(len(keys), before - deadline.left())
        return cells

    def _turn_to_page(
        self, attempt: _Attempt, actor: Actor, tx: Tx, wanted: Wanted, deadline: Deadline
    ) -> None:
        """Fill the attempt with the page's keys, and say where the next page begins."""
        keys = attempt.ranked.keys
        position, attempt.start = _resume(keys, wanted.after)
        before: Collection[int] = ()
        if position and wanted.thread is None:
            # Without the time to ask, a thread of an earlier page may be met again: better than a late page.
            attempt.sure = False
            if self._has_time_for(position, deadline):
                before = by_thread(
                    actor, tx=tx, registry=self.registry, keys=keys[:position], chosen=wanted.chosen
                )
        goes_on = self._fill(attempt, actor, tx, wanted, position, before)
        if attempt.threads and (goes_on or not attempt.sure):
            attempt.sizes = None
            if self._has_time_for(len(keys), deadline):
                attempt.sizes = by_thread(
                    actor,
                    tx=tx,
                    registry=self.registry,
                    keys=keys,
                    chosen=wanted.chosen,
                    threads=attempt.threads.values(),
                )
        attempt.shown = sum(attempt.size(key) for key in attempt.keys)
        if goes_on:
            last = attempt.keys[-1]
            attempt.older = encode((*last, keys.index(last) + 1, attempt.start + attempt.shown))

    def _fill(
        self,
        attempt: _Attempt,
        actor: Actor,
        tx: Tx,
        wanted: Wanted,
        position: int,
        before: Collection[int],
    ) -> bool:
        """Take visible keys from `position` on, looking at ever more of them; True when others come after the page.

        Of each thread only the first is taken, and none of those that had one `before`.
        """
        ranked = attempt.ranked.keys
        taken = set(before)
        for size in CHUNKS:
            chunk = ranked[position : position + size]
            allowed = visible(
                actor,
                tx=tx,
                registry=self.registry,
                keys=chunk,
                chosen=wanted.chosen,
                within=wanted.within,
            )
            for key in chunk:
                if key not in allowed:
                    continue
                thread = allowed[key] if wanted.thread is None else None
                if thread in taken:
                    attempt.sure = False
                    continue
                if len(attempt.keys) == PAGE_SIZE:
                    return True
                attempt.keys.append(key)
                if thread is not None:
                    attempt.threads[key] = thread
                    taken.add(thread)
            position += size
            if position >= len(ranked):
                return False
        return False

    def _rows(self, actor: Actor, tx: Tx, attempt: _Attempt, query: Query, deadline: Deadline) -> list[Row]:
        presented: dict[Key, Presented] = {}
        for kind, ids in by_kind(attempt.keys).items():
            shown = self.registry.sources[kind].present(actor, tx=tx, ids=ids)
            presented.update({(kind, number): one for number, one in shown.items()})
        return [
            Row(
                key,
                presented[key],
                explain(presented[key], query, deadline),
                attempt.threads.get(key),
                attempt.more(key),
            )
            for key in attempt.keys
            if key in presented
        ]

    def _groups(
        self, cells: Sequence[Cell] | None, chosen: Chosen, total: int | None
    ) -> list[tuple[str, list[Option]]]:
        """The facets with their options. Counts of a facet ignore its own choice, as people expect.

        Left out is a facet of which each value is that of every result: choosing it would change nothing.
        """
        groups = []
        for name in FACETS:
            counts: Counter[str] = Counter()
            for cell in cells or ():
                value = cell.values[name]
                if value is not None and fits(cell, chosen, but=name):
                    counts[value] += cell.number
            picked = chosen.get(name, frozenset())
            values = sorted(counts, key=lambda value: (-counts[value], value))[:MOST_OPTIONS]
            values += sorted(picked - set(values))
            if name == "year":
                values.sort(reverse=True)
            options = [
                Option(
                    value,
                    self.registry.label(name, value),
                    None if cells is None else counts[value],
                    value in picked,
                )
                for value in values
            ]
            if picked or any(option.count is None or option.count != total for option in options):
                groups.append((name, options))
        return groups

    def _suggestion(
        self,
        actor: Actor,
        tx: Tx,
        wanted: Wanted,
        query: Query,
        audiences: frozenset[str],
        deadline: Deadline,
    ) -> str | None:
        """What was typed with misspelt words put right, if that would find something this reader may see."""
        words = [clause.word for clause in query.wanted if isinstance(clause, Word)]
        better = self.backend.suggest(
            [word for word in words if word not in STOP_WORDS], deadline=deadline.earlier(FOR_PAGE)
        )
        if not better:
            return None
        pieces = []
        at = 0
        for token in tokens(wanted.typed):
            pieces += [
                wanted.typed[at : token.start],
                better.get(token.word, wanted.typed[token.start : token.end]),
            ]
            at = token.end
        corrected = "".join([*pieces, wanted.typed[at:]])
        ranked = self.backend.search(
            parse(corrected), audiences, deadline=deadline.earlier(FOR_PAGE / 2), limit=PAGE_SIZE
        )
        keys = self._asked_for(ranked.keys, wanted)
        if not keys:
            return None
        seen = visible(actor, tx=tx, registry=self.registry, keys=keys, chosen={})
        return corrected if seen else None


@dataclass(slots=True)
class _Attempt:
    """One way of searching and what came of it; `start` counts the results on the pages before, `shown` those of this.

    `threads` of the keys that have one; `sizes` of threads, None without the time to count them; `sure`: no row of
    this page or of one before stands for others.
    """

    ranked: Ranked
    cells: list[Cell] | None
    keys: list[Key] = field(default_factory=list)
    threads: dict[Key, int] = field(default_factory=dict)
    sizes: dict[int, int] | None = field(default_factory=dict)
    sure: bool = True
    start: int = 0
    shown: int = 0
    older: str | None = None

    def total(self, chosen: Chosen) -> int | None:
        """How many the reader may see, None when counting was cut short."""
        if self.cells is None:
            return None
        return sum(cell.number for cell in self.cells if fits(cell, chosen))

    def size(self, key: Key) -> int:
        """How many results stand behind this one and with it; 1 where that was not counted."""
        return 1 + (self.more(key) or 0)

    def more(self, key: Key) -> int | None:
        """How many others of its thread were found; None where that was not counted."""
        if key not in self.threads:
            return 0
        return None if self.sizes is None else self.sizes.get(self.threads[key], 1) - 1

    @property
    def empty(self) -> bool:
        """Whether there is nothing at all for this reader, filters left out."""
        return self.total({}) == 0 if self.cells is not None else not self.keys


def _resume(ranked: Sequence[Key], token: str | None) -> tuple[int, int]:
    """Where a page begins in the ranking, and how many results stood on the pages before.

    After the last result of the page before, wherever it ranks now; where it is gone, at its old place.
    """
    position = decode(token, (str, int, int, int))
    if position is None:
        return 0, 0
    kind, number, at, shown = position
    try:
        at = ranked.index((str(kind), int(number))) + 1
    except ValueError:
        at = min(max(int(at) - 1, 0), len(ranked))
    return at, min(max(int(shown), 0), MOST_KEYS)
