"""Posts as HTML, drawn once and remembered: a page of fifty is then fifty look-ups.

What is remembered depends on everything that can be seen in it: the post's version, the renderer's, the names shown,
what this reader may do with it, and the day, because "today, 5pm" is "yesterday, 5pm" tomorrow. Each app remembers
for itself, since another's database has other posts under the same numbers, and forgets the longest unused first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import repeat
from typing import Any

from flask import render_template

from cop.accounts.functions import in_small_letters
from cop.kernel.access import Actor
from cop.kernel.clock import utc_now
from cop.kernel.markup import MENTION_CLASS, Mention, fill_in, first_quoted_line, mentions, safe
from cop.teams.queries import Space
from cop.threads import policy
from cop.threads.cards import Card
from cop.threads.limits import REACTIONS, page_of
from cop.threads.mentions import NO_NAMES, Names
from cop.threads.queries import Post
from cop.web.dates import in_london

MAX_ENTRIES = 20_000
MAX_CHARACTERS = 24_000_000


@dataclass(frozen=True, slots=True)
class Capability:
    """What a reader may do with one post: what its links depend on, and nothing else about the reader."""

    quote: bool
    edit: bool
    remove: bool
    mark: bool
    react: bool
    decide: bool
    report: bool
    split: bool


NOTHING = Capability(*[False] * len(fields(Capability)))
STRANGER = replace(NOTHING, report=True)
"""What a stranger may do."""


class Fragments:
    """A bounded memory of drawn posts; safe to use from many threads."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_characters: int = MAX_CHARACTERS) -> None:
        self._lock = threading.Lock()
        self._drawn: OrderedDict[tuple[Any, ...], str] = OrderedDict()
        self._characters = 0
        self._max_entries = max_entries
        self._max_characters = max_characters

    def get(self, key: tuple[Any, ...]) -> str | None:
        """What was drawn for this key, or None."""
        with self._lock:
            found = self._drawn.get(key)
            if found is not None:
                self._drawn.move_to_end(key)
            return found

    def put(self, key: tuple[Any, ...], html: str) -> None:
        """Remember, and forget the longest unused beyond the bounds."""
        with self._lock:
            self._characters += len(html) - len(self._drawn.pop(key, ""))
            self._drawn[key] = html
            while self._drawn and (
                len(self._drawn) > self._max_entries or self._characters > self._max_characters
            ):
                _, forgotten = self._drawn.popitem(last=False)
                self._characters -= len(forgotten)

    def __len__(self) -> int:
        return len(self._drawn)


def capability(actor: Actor, space: Space, post: Post, *, locked: bool = False) -> Capability:
    """What the actor may do with a post in a team's space; a locked thread takes no reply that would quote it."""
    stands = post.hidden is None
    if not actor.signed_in:
        return STRANGER if stands else NOTHING
    standing = space.standing
    decides = bool(policy.can_decide(actor, standing, author_id=post.author.id))
    return Capability(
        quote=stands and bool(policy.can_reply(actor, standing, locked=locked)),
        edit=bool(policy.can_edit(actor, standing, author_id=post.author.id)),
        remove=bool(policy.can_remove(actor, standing, author_id=post.author.id)),
        mark=bool(policy.can_follow(actor)),
        react=stands and bool(policy.can_write(actor, standing)),
        decide=decides,
        # Whoever decides need not ask themselves to.
        report=stands and not decides and bool(policy.can_report(actor, author_id=post.author.id)),
        split=post.number > 1 and bool(policy.can_lock(actor, standing)),
    )


def draw(
    actor: Actor,
    space: Space,
    posts: Sequence[Post],
    *,
    memory: Fragments,
    names: Names = NO_NAMES,
    cards: Sequence[tuple[Card, ...]] | None = None,
    locked: bool = False,
) -> list[str]:
    """The posts as safe HTML for this reader, in the order given. `names` are of what they mention, `cards` for each of
    what it links to.
    """
    today = in_london(utc_now())
    drawn: list[str] = []
    for post, linked in zip(posts, cards or repeat(()), strict=False):
        may = capability(actor, space, post, locked=locked)
        called = _called(post, names)
        key = (*_key(post, may, today), tuple(called.items()), linked)
        html = memory.get(key)
        if html is None:
            html = safe(
                render_template(
                    "threads/_post.html",
                    post=replace(post, html=fill_in(post.html, called))
                    if MENTION_CLASS in post.html
                    else post,
                    may=may,
                    about=_about(post),
                    cards=linked,
                    at=page_of(post.number),
                    kinds=REACTIONS,
                    quotation=first_quoted_line(post.html) if post.quoted and not post.quoted.hidden else "",
                )
            )
            memory.put(key, html)
        drawn.append(html)
    return drawn


@dataclass(frozen=True, slots=True)
class Stretch:
    """Posts between which nothing else is shown: the element ids of the first and the last, and their HTML."""

    first: str
    last: str
    html: str


def stretches(
    places: Sequence[str], drawn: Sequence[str], *, before: Collection[str], after: Collection[str]
) -> list[Stretch]:
    """Drawn posts, cut before and after these places: a template that walks a page post by post takes as long as
    all else on it.
    """
    starts = [at for at, place in enumerate(places) if at == 0 or place in before or places[at - 1] in after]
    ends = [*starts[1:], len(places)]
    return [
        Stretch(places[start], places[end - 1], safe("\n".join(drawn[start:end])))
        for start, end in zip(starts, ends, strict=True)
        if start < end
    ]


def _called(post: Post, names: Names) -> dict[Mention, tuple[str, bool]]:
    if MENTION_CLASS not in post.html:
        return {}
    return {each: names[each] for each in mentions(post.html) if each in names}


def _about(post: Post) -> str:
    return f"{post.author.organisation_name}, {in_small_letters(post.author.function)}"


def _key(post: Post, may: Capability, today: date) -> tuple[Any, ...]:
    told = post.quoted
    quoted = (told.id, told.number, told.elsewhere, told.author.name, told.hidden) if told else None
    moved = (post.moved.post_id, post.moved.by.name, post.moved.title) if post.moved else None
    return (
        post.id,
        # Moving to another thread is no other version.
        post.thread_id,
        post.number,
        post.version,
        post.renderer,
        post.author.name,
        _about(post),
        quoted,
        moved,
        post.hidden,
        post.reactions,
        post.files,
        may,
        today,
    )
