"""SQL over what was found: which of many ids the reader may see, and how they spread over the facets.

The engine's answer is a claim that may be seconds old. Nothing of it is shown, counted or paged through before the
sources' own rule of visibility, in the same transaction as the page, has agreed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, Subquery, any_, bindparam, cast, func, null, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.search.document import FACETS, PUBLISHER, THREAD, Key, Registry

Chosen = Mapping[str, frozenset[str]]


class Within(NamedTuple):
    """What a search keeps to besides the facets: one thread, or what some organisations published."""

    thread: int | None = None
    publishers: tuple[int, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a kind of document must have to be meant."""
        return ((THREAD,) if self.thread is not None else ()) + ((PUBLISHER,) if self.publishers else ())


ANYWHERE = Within()


class Cell(NamedTuple):
    """How many visible documents share these values of all facets."""

    values: Mapping[str, str | None]
    number: int


def among(tx: Tx, column: ColumnElement[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """`column` is one of `ids`, as a single parameter: twenty thousand of them are no trouble."""
    if tx.session.get_bind().dialect.name == "sqlite":
        listed = func.json_each(bindparam(None, json.dumps(list(ids)), String)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == any_(bindparam(None, list(ids), ARRAY(BIGINT)))


def by_kind(keys: Iterable[Key]) -> dict[str, list[int]]:
    """Ids by kind of document."""
    found: dict[str, list[int]] = defaultdict(list)
    for kind, number in keys:
        found[kind].append(number)
    return found


def spread(
    actor: Actor, *, tx: Tx, registry: Registry, keys: Iterable[Key], within: Within = ANYWHERE
) -> list[Cell]:
    """Visible documents among `keys`, counted by every combination of facet values: one statement a kind."""
    cells: list[Cell] = []
    for kind, ids in by_kind(keys).items():
        facts = _facts(actor, registry, kind, within.columns)
        if facts is None:
            continue
        columns = [cast(facts.c[name], String) for name in FACETS]
        conditions = _conditions(tx, facts, ids, {}, within)
        rows = tx.session.execute(select(*columns, func.count()).where(*conditions).group_by(*columns))
        cells.extend(Cell(dict(zip(FACETS, row[:-1], strict=True)), int(row[-1])) for row in rows)
    return cells


def visible(
    actor: Actor,
    *,
    tx: Tx,
    registry: Registry,
    keys: Sequence[Key],
    chosen: Chosen,
    within: Within = ANYWHERE,
) -> dict[Key, int | None]:
    """Those of `keys` that `actor` may see and that pass the filters, each with its thread, None where it has none."""
    found: dict[Key, int | None] = {}
    for kind, ids in by_kind(keys).items():
        facts = _facts(actor, registry, kind, within.columns)
        if facts is None:
            continue
        of = facts.c.get(THREAD)
        columns = (cast(facts.c.id, Integer), null() if of is None else of)
        rows = tx.session.execute(select(*columns).where(*_conditions(tx, facts, ids, chosen, within)))
        found.update({(kind, row[0]): row[1] for row in rows})
    return found


def by_thread(
    actor: Actor,
    *,
    tx: Tx,
    registry: Registry,
    keys: Iterable[Key],
    chosen: Chosen,
    threads: Collection[int] | None = None,
) -> dict[int, int]:
    """How many of `keys` that `actor` may see, and that pass the filters, belong to each thread, or each of these."""
    found: dict[int, int] = {}
    for kind, ids in by_kind(keys).items():
        facts = _facts(actor, registry, kind, (THREAD,))
        if facts is None:
            continue
        conditions = _conditions(tx, facts, ids, chosen, ANYWHERE)
        of = facts.c[THREAD]
        if threads is not None:
            conditions.append(of.in_(sorted(threads)))
        rows = tx.session.execute(select(of, func.count()).where(*conditions).group_by(of))
        found.update({row[0]: row[1] for row in rows})
    return found


def _facts(actor: Actor, registry: Registry, kind: str, needed: Sequence[str]) -> Subquery | None:
    """None for a kind whose facts lack a column that is asked for: nothing of it can be meant."""
    source = registry.sources.get(kind)
    if source is None:
        return None
    facts = source.facts(actor).subquery()
    return facts if all(name in facts.c for name in needed) else None


def _conditions(
    tx: Tx, facts: Subquery, ids: Sequence[int], chosen: Chosen, within: Within
) -> list[ColumnElement[bool]]:
    conditions = [among(tx, facts.c.id, ids)]
    for name in FACETS:
        if chosen.get(name):
            conditions.append(cast(facts.c[name], String).in_(sorted(chosen[name])))
    if within.thread is not None:
        conditions.append(facts.c[THREAD] == within.thread)
    if within.publishers:
        conditions.append(facts.c[PUBLISHER].in_(within.publishers))
    return conditions


def fits(cell: Cell, chosen: Chosen, *, but: str = "") -> bool:
    """Whether a cell has a chosen value of each facet with a choice, the facet `but` left out."""
    return all(cell.values[name] in values for name, values in chosen.items() if values and name != but)
