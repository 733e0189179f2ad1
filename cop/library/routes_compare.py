"""The page that shows what changed between two versions, any two that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.library import comparisons, history, queries
from cop.library.history import VersionLine
from cop.library.routes import ASSET
from cop.web.area import Area
from cop.web.numbers import whole_number
from cop.web.templating import page

area = Area("library_compare", __name__)


@area.get(f"{ASSET}/compare", access=PUBLIC)
def compare(actor: Actor, tx: Tx, asset_id: int) -> str:
    """Any two versions, chosen by a plain form; without a choice the newest and the one before it."""
    asset = queries.asset(actor, tx=tx, asset_id=asset_id)
    lines = {line.number: line for line in history.versions(actor, tx=tx, asset_id=asset_id)}
    if len(lines) < 2:
        raise NotFound
    old, new = _chosen(lines)
    why = _why_not(lines[old], lines[new])
    first = whole_number(request.args.get("from")) or 1
    made = None
    if why is None:
        made = comparisons.shown(actor, tx=tx, asset_id=asset_id, old=old, new=new, first=first)
    return page(
        "library/compare.html",
        asset=asset,
        versions=list(lines.values()),
        old=old,
        new=new,
        why=why,
        made=made,
        here=f"/library/{asset_id}/compare?old={old}&new={new}",
    )


def _chosen(lines: Mapping[int, VersionLine]) -> tuple[int, int]:
    """The two numbers, the older first; NotFound for a version that is not there for this reader."""
    numbers = sorted(lines, reverse=True)
    new = whole_number(request.args.get("new")) or numbers[0]
    old = whole_number(request.args.get("old")) or next(
        (number for number in numbers if number < new), numbers[-1]
    )
    if old not in lines or new not in lines:
        raise NotFound
    return min(old, new), max(old, new)


def _why_not(old: VersionLine, new: VersionLine) -> str | None:
    if old.number == new.number:
        return "It is the same version twice. Choose another one."
    for line in (old, new):
        if line.gone:
            return f"Version {line.number} was withdrawn, so what stood in it is not shown any more."
    for line in (old, new):
        if not line.readable:
            return f"The words of version {line.number} could not be read. {line.reason}"
    return None
