"""Comparisons of two versions: made by the worker when their texts are there, stored by pair, shown in passages.

What is stored are numbers of characters, never a word: the words are cut from the two texts when the page is drawn, for
somebody who may read both versions. Comparing 200 pages takes a second, which no request should wait for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, or_, select

from cop.files import queries as files
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.events import record
from cop.library import events, policy
from cop.library.comparison import Comparison, Step
from cop.library.models import AssetVersionRow, ComparisonRow

MOST_PAIRS = 50
"""Versions that one is compared with; the newest."""
PAGE = 40
"""Changes on a page."""
AROUND = 160
"""Characters of what stayed that are shown before and after a change."""
LONGEST = 3_000
"""Characters of one change that are shown; a chapter that is new is not copied into the page."""

Kind = Literal["same", "removed", "added", "left_out"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions to be compared, the older first, by id, with their files."""

    asset_id: int
    old_version: int
    new_version: int
    old_number: int
    new_number: int
    old_file: int
    new_file: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text and what happened to it. `left_out`: so many words, as text, are not shown."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A comparison as its page shows it. `passages` are those of this page, `first` counts from 1."""

    kept: int
    removed: int
    added: int
    changes: int
    first: int
    passages: Sequence[Sequence[Piece]] = field(default_factory=tuple)
    older: int | None = None

    @property
    def share(self) -> int:
        """How much of the newer text is new, in per cent; at least 1 where anything is."""
        words = self.kept + self.added
        if not self.added:
            return 0
        return max(1, round(100 * self.added / words))


def digest(old: str, new: str) -> str:
    """By what a stored comparison is known to belong to these two texts."""
    made = hashlib.sha256()
    for text in (old, new):
        data = text.encode("utf-8", "surrogatepass")
        made.update(len(data).to_bytes(8, "big"))
        made.update(data)
    return made.hexdigest()


def pairs_of(actor: Actor, *, tx: Tx, file_id: int = 0, asset_id: int = 0, number: int = 0) -> list[Pair]:
    """What has to be compared after a file was read, or a version was published."""
    require(policy.can_compare(actor))
    which: ColumnElement[bool] = AssetVersionRow.file_id == file_id
    if asset_id:
        which = (AssetVersionRow.asset_id == asset_id) & (AssetVersionRow.number == number)
    found = []
    for changed in tx.session.scalars(select(AssetVersionRow).where(which)).all():
        others = tx.session.scalars(
            select(AssetVersionRow)
            .where(AssetVersionRow.asset_id == changed.asset_id, AssetVersionRow.id != changed.id)
            .order_by(AssetVersionRow.number.desc())
            .limit(MOST_PAIRS)
        ).all()
        for other in others:
            old, new = sorted((changed, other), key=lambda row: row.number)
            found.append(
                Pair(changed.asset_id, old.id, new.id, old.number, new.number, old.file_id, new.file_id)
            )
    return found


def texts_to_compare(actor: Actor, *, tx: Tx, pair: Pair) -> tuple[str, str] | None:
    """Both texts; None where one has none, or they were compared already."""
    require(policy.can_compare(actor))
    texts = files.searchable_texts(actor, tx=tx, file_ids=[pair.old_file, pair.new_file])
    if pair.old_file not in texts or pair.new_file not in texts:
        return None
    old, new = texts[pair.old_file], texts[pair.new_file]
    stored = tx.session.scalar(select(ComparisonRow.digest).where(*_of(pair)))
    return None if stored == digest(old, new) else (old, new)


def _of(pair: Pair) -> tuple[ColumnElement[bool], ...]:
    return (
        ComparisonRow.old_version_id == pair.old_version,
        ComparisonRow.new_version_id == pair.new_version,
    )


def store(actor: Actor, *, tx: Tx, pair: Pair, made: Comparison, digest: str) -> None:
    """Keep a comparison, unless one of the two versions is gone or carries another file meanwhile."""
    require(policy.can_compare(actor))
    now = tx.rows(
        select(AssetVersionRow.id, AssetVersionRow.file_id)
        .where(AssetVersionRow.id.in_([pair.old_version, pair.new_version]))
        .with_for_update()
    )
    if {row.id: row.file_id for row in now} != {
        pair.old_version: pair.old_file,
        pair.new_version: pair.new_file,
    }:
        return
    tx.session.execute(delete(ComparisonRow).where(*_of(pair)))
    steps = [[step.old_same, step.new_same, step.removed, step.added] for step in made.steps]
    tx.session.add(
        ComparisonRow(
            old_version_id=pair.old_version,
            new_version_id=pair.new_version,
            digest=digest,
            steps=json.dumps(steps, separators=(",", ":")),
            kept=made.kept,
            removed=made.removed,
            added=made.added,
            made_at=tx.now(),
        )
    )
    tx.session.flush()
    record(tx, actor, events.VersionsCompared(pair.asset_id, pair.old_number, pair.new_number))


def forget(actor: Actor, *, tx: Tx, version_id: int) -> None:
    """A version is about to go, and with it what it was compared with."""
    either = or_(ComparisonRow.old_version_id == version_id, ComparisonRow.new_version_id == version_id)
    tx.session.execute(delete(ComparisonRow).where(either))


def shown(actor: Actor, *, tx: Tx, asset_id: int, old: int, new: int, first: int = 1) -> Shown | None:
    """The comparison of two versions that the caller found the actor may read; None while it is being made.

    Three queries and no comparing. `first` is the change that the page begins with, counted from 1.
    """
    rows = tx.rows(
        select(AssetVersionRow.number, AssetVersionRow.id, AssetVersionRow.file_id).where(
            AssetVersionRow.asset_id == asset_id, AssetVersionRow.number.in_([old, new])
        )
    ).all()
    by_number = {row.number: row for row in rows}
    texts = files.searchable_texts(actor, tx=tx, file_ids=[row.file_id for row in rows])
    stored = tx.session.scalars(
        select(ComparisonRow).where(
            ComparisonRow.old_version_id == by_number[old].id,
            ComparisonRow.new_version_id == by_number[new].id,
        )
    ).first()
    if stored is None:
        return None
    before, after = texts.get(by_number[old].file_id, ""), texts.get(by_number[new].file_id, "")
    if stored.digest != digest(before, after):
        return None
    steps = [Step(*step) for step in json.loads(stored.steps)]
    return cut(before, after, steps, stored, first)


def cut(before: str, after: str, steps: Sequence[Step], told: Any, first: int) -> Shown:
    """The passages of one page of changes."""
    changes = sum(1 for step in steps if step.removed or step.added)
    start = min(max(1, first), max(1, changes))
    passages = list(_passages(before, after, steps, start, start + PAGE))
    older = start + PAGE if start + PAGE <= changes else None
    return Shown(told.kept, told.removed, told.added, changes, start, passages, older)


def _passages(
    before: str, after: str, steps: Sequence[Step], start: int, end: int
) -> Iterator[Sequence[Piece]]:
    at = to = number = 0
    passage: list[Piece] = []
    for step in steps:
        same = after[to : to + step.new_same]
        at, to = at + step.old_same, to + step.new_same
        removed, added = before[at : at + step.removed], after[to : to + step.added]
        at, to = at + step.removed, to + step.added
        if not removed and not added:
            if passage:
                yield [*passage, *_same(_head(same))]
            return
        number += 1
        if number < start:
            continue
        if number >= end:
            if passage:
                yield [*passage, *_same(_head(same))]
            return
        if passage and len(same) <= 2 * AROUND:
            passage += _same(same)
        else:
            if passage:
                yield [*passage, *_same(_head(same))]
            passage = [*_same(_tail(same))]
        passage += [*_changed("removed", removed), *_changed("added", added)]
    if passage:
        yield passage


def _same(text: str) -> list[Piece]:
    return [Piece("same", text)] if text else []


def _head(text: str) -> str:
    """The beginning of what stayed, up to the end of a word. The next place begins with a line and with "…"."""
    if len(text) <= AROUND:
        return text
    return text[:AROUND].rsplit(None, 1)[0]


def _tail(text: str) -> str:
    """The end of what stayed, from the beginning of a word."""
    if len(text) <= AROUND:
        return text
    parts = text[-AROUND:].split(None, 1)
    return f"… {parts[-1]}"


def _changed(kind: Kind, text: str) -> list[Piece]:
    if not text:
        return []
    if len(text) <= LONGEST:
        return [Piece(kind, text)]
    left = len(text[LONGEST:].split())
    return [Piece(kind, text[:LONGEST]), Piece("left_out", f"{left:,}")]
