"""Topics: what a reader may listen to, such as "thread:7". A domain registers a kind and the rule for joining it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import DomainError, NotFound
from cop.kernel.ids import LARGEST_ID

_NAME = re.compile(r"([a-z][a-z_]{0,19}):([1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of thing that has news.

    `may_join(actor, tx, id)` answers through the same `visible_to` as the page does. `head(actor, tx, id)` is the
    highest sequence number there is; a client that holds less fetches what it misses over HTTP. It is asked with
    the SYSTEM actor for the beacon, so it must not depend on who asks.
    """

    kind: str
    may_join: Callable[[Actor, Tx, int], bool]
    head: Callable[[Actor, Tx, int], int]


def topic_name(kind: str, number: int) -> str:
    """The name under which clients join and `publish` sends, such as "thread:7"."""
    name = f"{kind}:{number}"
    if _parts(name) is None:
        raise ValueError(f"{name!r} cannot be the name of a topic")
    return name


def _parts(name: str) -> tuple[str, int] | None:
    """Kind and number; None for what is no topic, and for a number no row can have (PostgreSQL refuses it)."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) > LARGEST_ID:
        return None
    return match[1], int(match[2])


class Topics:
    """The kinds of topic there are. What nobody registered does not exist."""

    def __init__(self) -> None:
        self._kinds: dict[str, Topic] = {}

    def register(self, topic: Topic) -> None:
        """Add a kind; registering the same kind twice is a mistake in the wiring."""
        if topic.kind in self._kinds:
            raise ValueError(f"the topic kind {topic.kind!r} is registered already")
        topic_name(topic.kind, 1)
        self._kinds[topic.kind] = topic

    def find(self, name: str) -> tuple[Topic, int]:
        """The kind and the id behind a name; NotFound for anything that is not a topic."""
        parts = _parts(name)
        topic = self._kinds.get(parts[0]) if parts else None
        if parts is None or topic is None:
            raise NotFound
        return topic, parts[1]

    def may_join(self, actor: Actor, tx: Tx, name: str) -> bool:
        """Whether `actor` may listen to `name` now. A domain error means no, as it does on the page."""
        try:
            topic, number = self.find(name)
            return topic.may_join(actor, tx, number)
        except DomainError:
            return False

    def head(self, actor: Actor, tx: Tx, name: str) -> int:
        """The highest sequence number of the topic."""
        topic, number = self.find(name)
        return topic.head(actor, tx, number)
