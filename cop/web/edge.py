"""What the edge was given by the composition root: database, settings, actor loader, and shared parts by type.

It lives in the Flask app's extensions, so that several apps can exist in one process (tests do that).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

from flask import Flask, current_app

from cop.kernel.access import Actor
from cop.kernel.db import Database, Tx
from cop.settings import Settings

Part = TypeVar("Part")
ActorLoader = Callable[[Tx, str | None], Actor]
Carried = list[tuple[str, ...]]
"""Typed fields as pairs of name and text; a field by itself is one in which a file was chosen, which is not carried."""


class HeaderCounts(NamedTuple):
    """The numbers of the header: notices not seen, and things that need the reader."""

    news: int = 0
    needs: int = 0


@dataclass(slots=True)
class Edge:
    """`load_actor(tx, token_hash)` builds the actor of a session; an unknown or dead one is anonymous."""

    db: Database
    settings: Settings
    load_actor: ActorLoader
    navigation: Callable[[Actor, HeaderCounts | None], list[Any]] = lambda actor, counts: []
    sign_in_panel: Callable[[str, Carried], str | None] = lambda address, carried: None
    count_header: Callable[[Tx, Actor], HeaderCounts] = lambda tx, actor: HeaderCounts()
    parts: dict[type, Any] = field(default_factory=dict)


def install(app: Flask, edge: Edge) -> None:
    """Give the app its edge."""
    app.extensions["cop"] = edge


def edge() -> Edge:
    """The edge of the app that serves this request."""
    return cast(Edge, current_app.extensions["cop"])


def use(part: type[Part]) -> Part:
    """The shared part of that type (a file store, a search backend), as the composition root provided it."""
    return cast(Part, edge().parts[part])
