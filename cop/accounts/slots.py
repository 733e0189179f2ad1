"""The place on an organisation's page that higher domains fill without accounts knowing of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cop.accounts.lineage import Named
from cop.kernel.slots import Slot


@dataclass(frozen=True, slots=True)
class Line:
    """One thing an organisation did: `above` goes over the link, `facts` under it."""

    label: str
    href: str
    above: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """What one organisation did of one kind, the newest first: `lines` are some of `count`, all stand at `href`."""

    order: int
    organisation_id: int
    title: str
    lines: Sequence[Line]
    count: int
    href: str
    all_words: str


ORGANISATION_WORK: Slot[Sequence[Named], Group] = Slot("organisation_work")
"""Asked once for an organisation and all that became part of it, so that a page takes as many queries for nine as for
one. Whether the reader may see such lists at all (`policy.can_see_work`) the page has asked."""
