"""SQL over what was found: which of many ids the reader may see, and how they spread over the facets.

The engine's answer is a claim that may be seconds old. Nothing of it is shown, counted or paged through before the
sources' own rule of visibility, in the same transaction as the page, has agreed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, String, and_, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.search.document import FACETS, Key, Registry

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


def spread(actor: Actor, *, tx: Tx, registry: Registry, keys: Iterable[Key]) -> list[Cell]:
    """Visible documents among `keys`, counted by every combination of facet values: one statement a kind."""
    cells: list[Cell] = []
    for kind, ids in by_kind(keys).items():
        source = registry.sources.get(kind)
        if source is None:
            continue
        facts = source.facts(actor).subquery()
        columns = [cast(facts.c[name], String) for name in FACETS]
        rows = tx.session.execute(
            select(*columns, func.count()).where(among(tx, facts.c.id, ids)).group_by(*columns)
        )
        cells.extend(Cell(dict(zip(FACETS, row[:-1], strict=True)), int(row[-1])) for row in rows)
    return cells


def visible(
    actor: Actor, *, tx: Tx, registry: Registry, keys: Sequence[Key], chosen: Chosen
) -> frozenset[Key]:
    """Those of `keys` that `actor` may see and that have a chosen value of each facet with a choice."""
    found: set[Key] = set()
    for kind, ids in by_kind(keys).items():
        source = registry.sources.get(kind)
        if source is None:
            continue
        facts = source.facts(actor).subquery()
        conditions = [among(tx, facts.c.id, ids)]
        for name in FACETS:
            if chosen.get(name):
                conditions.append(cast(facts.c[name], String).in_(sorted(chosen[name])))
        rows = tx.session.execute(select(cast(facts.c.id, Integer)).where(and_(*conditions))).scalars()
        found.update((kind, number) for number in rows)
    return frozenset(found)


def fits(cell: Cell, chosen: Chosen, *, but: str = "") -> bool:
    """Whether a cell has a chosen value of each facet with a choice, the facet `but` left out."""
    return all(cell.values[name] in values for name, values in chosen.items() if values and name != but)
