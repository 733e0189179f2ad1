"""What posts mention, by the names and titles of now, for one reader: what they may not see stays without a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cop.accounts import policy as accounts_policy
from cop.accounts import queries as accounts
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.markup import MENTION_CLASS, Mention, fill_in, mentions, safe
from cop.threads.references import REFERENCES

Names = Mapping[Mention, tuple[str, bool]]
"""What is mentioned, with its words and whether this reader can go there."""
NO_NAMES: Names = MappingProxyType({})


def names(actor: Actor, *, tx: Tx, htmls: Iterable[str]) -> Names:
    """Names for all that these texts mention; a query or two for each kind that is among it."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for html in htmls:
        # Most texts mention nothing, and looking for a word is faster than looking for a pattern.
        for each in mentions(html) if MENTION_CLASS in html else ():
            wanted[each.kind].add(each.id)
    found: dict[Mention, tuple[str, bool]] = {}
    linked = bool(accounts_policy.can_see_people(actor))
    for line in accounts.seen_lines(actor, tx=tx, person_ids=wanted["people"]).values():
        found[Mention("people", line.id)] = (line.name, linked)
    for _, provider in REFERENCES.items():
        if ids := wanted[provider.path]:
            for number, title in provider.titles(actor, tx, ids).items():
                found[Mention(provider.path, number)] = (title, True)
    return found


def filled(actor: Actor, *, tx: Tx, html: str) -> str:
    """One text for one reader, as safe HTML."""
    return safe(fill_in(html, names(actor, tx=tx, htmls=[html])))
