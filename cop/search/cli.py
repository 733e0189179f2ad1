"""`cop search rebuild` and `cop search verify`. The composition root says how to open what they work on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import click

from cop.kernel.db import Database
from cop.search import consumer
from cop.search.backend import Busy
from cop.search.document import Key
from cop.search.queries import Finder

Opened = Callable[[], AbstractContextManager[tuple[Database, Finder]]]
SHOWN = 10


def group(opened: Opened) -> click.Group:
    """The commands, working on what `opened()` gives."""

    @click.group("search")
    def search() -> None:
        """The search index."""

    @search.command()
    def rebuild() -> None:
        """Write the index anew from the database. Searches go on with the old one until it is done."""
        with opened() as (db, finder):
            began = time.monotonic()
            try:
                count = consumer.rebuild(db, backend=finder.backend, registry=finder.registry)
            except Busy as error:
                raise click.ClickException(f"{error} Try again when that is done.") from error
        click.echo(f"{count} documents written in {time.monotonic() - began:.1f} seconds.")

    @search.command()
    def verify() -> None:
        """Compare the index with the database; status 1 when they differ."""
        with opened() as (db, finder):
            difference = consumer.verify(db, backend=finder.backend, registry=finder.registry)
        click.echo(f"{difference.checked} documents should be found.")
        if difference:
            _list("missing", difference.missing)
            _list("out of date", difference.outdated)
            _list("there but should not be", difference.left_over)
            raise click.ClickException(
                "The index differs. If the worker has caught up, run: cop search rebuild"
            )
        click.echo("The index agrees.")

    return search


def _list(what: str, keys: Sequence[Key]) -> None:
    if keys:
        names = ", ".join(f"{kind} {number}" for kind, number in keys[:SHOWN])
        click.echo(f"{len(keys)} {what}: {names}{' …' if len(keys) > SHOWN else ''}")
