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
from cop.search.document import FACETS, THREAD, Key, Registry

Chosen = Mapping[str, frozenset[str]]


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
    actor: Actor, *, tx: Tx, registry: Registry, keys: Iterable[Key], thread: int | None = None
) -> list[Cell]:
    """Visible documents among `keys`, counted by every combination of facet values: one statement a kind.

    Of one `thread` alone, where one is given.
    """
    cells: list[Cell] = []
    for kind, ids in by_kind(keys).items():
        facts = _facts(actor, registry, kind, needs_thread=thread is not None)
        if facts is None:
            continue
        columns = [cast(facts.c[name], String) for name in FACETS]
        conditions = _conditions(tx, facts, ids, {}, thread)
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
    thread: int | None = None,
) -> dict[Key, int | None]:
    """Those of `keys` that `actor` may see and that pass the filters, each with its thread, None where it has none."""
    found: dict[Key, int | None] = {}
    for kind, ids in by_kind(keys).items():
        facts = _facts(actor, registry, kind, needs_thread=thread is not None)
        if facts is None:
            continue
        of = facts.c.get(THREAD)
        columns = (cast(facts.c.id, Integer), null() if of is None else of)
        rows = tx.session.execute(select(*columns).where(*_conditions(tx, facts, ids, chosen, thread)))
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
        facts = _facts(actor, registry, kind, needs_thread=True)
        if facts is None:
            continue
        conditions = _conditions(tx, facts, ids, chosen, None)
        of = facts.c[THREAD]
        if threads is not None:
            conditions.append(of.in_(sorted(threads)))
        rows = tx.session.execute(select(of, func.count()).where(*conditions).group_by(of))
        found.update({row[0]: row[1] for row in rows})
    return found


def _facts(actor: Actor, registry: Registry, kind: str, *, needs_thread: bool) -> Subquery | None:
    source = registry.sources.get(kind)
    if source is None:
        return None
    facts = source.facts(actor).subquery()
    return None if needs_thread and THREAD not in facts.c else facts


def _conditions(
    tx: Tx, facts: Subquery, ids: Sequence[int], chosen: Chosen, thread: int | None
) -> list[ColumnElement[bool]]:
    conditions = [among(tx, facts.c.id, ids)]
    for name in FACETS:
        if chosen.get(name):
            conditions.append(cast(facts.c[name], String).in_(sorted(chosen[name])))
    if thread is not None:
        conditions.append(facts.c[THREAD] == thread)
    return conditions


def fits(cell: Cell, chosen: Chosen, *, but: str = "") -> bool:
    """Whether a cell has a chosen value of each facet with a choice, the facet `but` left out."""
    return all(cell.values[name] in values for name, values in chosen.items() if values and name != but)
