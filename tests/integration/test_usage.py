"""Facts of use: written beside the requests, and once more when a web process ends in an orderly way."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from flask import Flask

from cop import gunicorn_hooks
from cop.app import start
from cop.kernel.db import Database, Tx
from cop.kernel.usage import Usage, UsageThread


def test_what_waits_is_written_at_an_orderly_stop(sqlite_db: Database) -> None:
    facts = Usage()
    written: list[dict[tuple[Any, ...], int]] = []

    def write(tx: Tx, seen: Mapping[tuple[Any, ...], int]) -> None:
        assert tx.write
        written.append(dict(seen))

    facts.register("seen", write)
    thread = UsageThread(facts, sqlite_db)
    thread.start()
    facts.note("seen", 7)
    facts.note("seen", 7)
    thread.stop()
    assert written == [{(7,): 2}]


def test_the_web_server_stops_it(app: Flask) -> None:
    start(app)
    writing: UsageThread = app.extensions["cop"].parts[UsageThread]
    assert writing.running
    gunicorn_hooks.worker_exit(None, SimpleNamespace(wsgi=app))
    assert not writing.running
    gunicorn_hooks.worker_exit(None, SimpleNamespace())  # One that failed before it had loaded anything.
