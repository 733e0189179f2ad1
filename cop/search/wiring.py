"""Wires search into the house. The composition root makes one `Registry`, lets the domains fill it, then calls these.

registry = Registry()
library.register_search(registry); threads.register_search(registry); teams.register_search(registry)
search.register(registry)                                   web processes, the worker, commands
edge.parts[Finder] = finder = search.finder(settings.var / "search", registry)
search.register_pages(app)                                  web processes
Worker(db, consumers=[*search.consumers(finder)], …)        the worker
main.add_command(search_cli.group(opened))                  commands
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from cop.kernel.outbox import Consumer
from cop.search import consumer, routes, tallies
from cop.search.document import Registry
from cop.search.queries import Finder
from cop.search.whoosh_backend import WhooshBackend


def register(registry: Registry) -> None:
    """Subscribe search to the events of all sources, after the last one was added."""
    consumer.subscribe_to_sources(registry)


def finder(folder: Path, registry: Registry) -> Finder:
    """Search over the index in `folder`, which need not exist yet."""
    return Finder(WhooshBackend(folder), registry)


def warm(found: Finder) -> None:
    """Open the index before the first visitor has to wait for that; for a thread at the start of a web process."""
    found.backend.generation()


def consumers(found: Finder) -> tuple[Consumer, ...]:
    """What the worker has to drain for search."""
    return (consumer.consumer(found.backend, found.registry),)


def register_pages(app: Flask) -> None:
    """Add the page, and the tallies it notes."""
    app.register_blueprint(routes.area)
    tallies.register_tallies()
