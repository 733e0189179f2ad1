"""The smallest application with a live edge: threads, members and sessions in SQLite, and doors for the tests.

Run by gunicorn in a process of its own, so that what is tested is what is served.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, func, insert, select

from cop.kernel.access import ANONYMOUS, SIGNED_IN, Actor
from cop.kernel.buckets import Rate
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound, RateLimited
from cop.kernel.ids import token_hash
from cop.live import publish
from cop.live.config import RATES, LiveConfig
from cop.live.hub import Doors, Hub
from cop.live.namespace import Live
from cop.live.server import attach
from cop.live.topics import Topic
from cop.paths import STATIC

metadata = MetaData()
sessions = Table(
    "t_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String),
    Column("person_id", Integer),
    Column("alive", Boolean),
)
threads = Table("t_thread", metadata, Column("id", Integer, primary_key=True), Column("open", Boolean))
members = Table("t_member", metadata, Column("thread_id", Integer), Column("person_id", Integer))
posts = Table(
    "t_post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("thread_id", Integer),
    Column("person_id", Integer),
)
stamps = Table("t_stamp", metadata, Column("id", Integer, primary_key=True))


def cookie_hash(environ: Mapping[str, Any]) -> str | None:
    """The hash of the session token in the cookie."""
    cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get("s")
    return token_hash(cookie.value) if cookie is not None else None


def load_actor(tx: Tx, hashed: str) -> Actor:
    """The actor of a living session."""
    row = tx.session.execute(
        select(sessions).where(sessions.c.token_hash == hashed, sessions.c.alive)
    ).first()
    return Actor(person_id=row.person_id, session_id=row.id) if row else ANONYMOUS


def live_sessions(tx: Tx, ids: Collection[int]) -> set[int]:
    """Those sessions that are alive."""
    return set(tx.session.scalars(select(sessions.c.id).where(sessions.c.id.in_(ids), sessions.c.alive)))


def may_join(actor: Actor, tx: Tx, thread_id: int) -> bool:
    """Open threads are everybody's, others their members'."""
    is_open = tx.session.execute(select(threads.c.open).where(threads.c.id == thread_id)).scalar()
    if is_open is None:
        raise NotFound
    belongs = select(members).where(members.c.thread_id == thread_id, members.c.person_id == actor.person_id)
    return is_open or (actor.signed_in and tx.session.execute(belongs).first() is not None)


def head(_actor: Actor, tx: Tx, thread_id: int) -> int:
    """The newest post."""
    return (
        tx.session.execute(select(func.max(posts.c.id)).where(posts.c.thread_id == thread_id)).scalar() or 0
    )


class Say(BaseModel):
    """A post; `error` asks for a domain error instead."""

    model_config = ConfigDict(extra="forbid", strict=True)
    thread_id: int = 1
    error: str = ""
    pause: float = 0.0


live = Live()
overlap = threading.Lock()
ERRORS = {
    "not_found": NotFound(),
    "forbidden": Forbidden("Only members may post."),
    "invalid": Invalid("Write something first."),
    "conflict": Conflict("Somebody else changed this."),
    "gone": Gone("This post was removed."),
    "rate_limited": RateLimited("Wait a moment.", 7),
}


@live.on("say", access=SIGNED_IN, schema=Say, write=True, rate="op")
def say(actor: Actor, tx: Tx, data: Say) -> dict[str, int]:
    """Write a post and tell the thread's listeners after the commit."""
    if data.error in ERRORS:
        raise ERRORS[data.error]
    if data.error:
        raise LookupError("a fault of the program")
    row = {"thread_id": data.thread_id, "person_id": actor.person_id}
    post_id = tx.session.execute(insert(posts).returning(posts.c.id), row).scalar_one()
    publish.publish(tx, f"thread:{data.thread_id}", {"seq": post_id})
    return {"seq": post_id}


class Nothing(BaseModel):
    """No payload."""


serial = threading.Semaphore(1)
overlaps: list[bool] = []


@live.on("slow", access=SIGNED_IN, schema=Nothing)
def slow(_actor: Actor, _tx: Tx, _data: Nothing) -> dict[str, int]:
    """Notice when a second event of the same client starts before the first has ended."""
    alone = serial.acquire(blocking=False)
    overlaps.append(not alone)
    threading.Event().wait(0.05)
    if alone:
        serial.release()
    return {"overlaps": sum(overlaps)}


class Pages:
    """The HTTP side: a page, counters, and handles for the tests."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.hub: Hub | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert self.hub is not None
        if environ["PATH_INFO"].startswith("/static/"):
            return _file(environ["PATH_INFO"], start_response)
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        answer: Any = {"page": "here"}
        action = environ["PATH_INFO"].strip("/")
        if action == "listen":
            return _page(query["topic"], start_response)
        if action == "health":
            answer = {
                **self.hub.health(),
                "threads": threading.active_count(),
                "rss": _resident(),
                "pid": os.getpid(),
            }
        elif action == "post":
            with self.database.transaction(write=True) as tx:
                row = {"thread_id": int(query["thread"]), "person_id": 0}
                answer = tx.session.execute(insert(posts).returning(posts.c.id), row).scalar_one()
                publish.publish(tx, f"thread:{query['thread']}", {"seq": answer})
        elif action == "blast":
            pad = "x" * int(query.get("pad", 0))
            for seq in range(int(query["from"]), int(query["to"])):
                self.hub.broadcaster.send("news", {"seq": seq, "pad": pad}, query["topic"])  # type: ignore[union-attr]
        elif action == "steady":
            _steady(self.hub, query["topic"], float(query["rate"]), float(query["seconds"]))
        elif action == "revoke":
            with self.database.transaction(write=True) as tx:
                publish.revoke(tx, person_id=int(query["person"]))
        elif action == "recheck":
            with self.database.transaction(write=True) as tx:
                publish.recheck(tx, topic=query.get("topic"))
        elif action == "ephemeral":
            publish.publish_ephemeral_unsafe(query["topic"], {"where": "reading"})
        body = json.dumps(answer).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


PAGE = """<!doctype html><html lang="en"><title>:</title><script type="module" nonce="n">
import { join } from "/static/js/live.js";
join("TOPIC", {
  onNews: ({ seq }) => { document.title += ` news ${seq}`; },
  onState: (state) => { document.title += ` ${state}`; },
});
</script>"""
POLICY = "default-src 'none'; script-src 'nonce-n'; connect-src 'self'"


def _page(topic: str, start_response: Any) -> Iterable[bytes]:
    """A page that writes what it hears into its title."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Security-Policy", POLICY)])
    return [PAGE.replace("TOPIC", topic).encode()]


def _file(path: str, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/javascript")])
    return [(STATIC.parent / path.lstrip("/")).read_bytes()]


def _steady(hub: Hub, topic: str, rate: float, seconds: float) -> None:
    """Send news at a steady rate, each with the moment (microseconds, monotonic) at which it was handed over."""
    assert hub.broadcaster is not None
    start = time.monotonic()
    for seq in range(int(rate * seconds)):
        time.sleep(max(0.0, start + seq / rate - time.monotonic()))
        sent = time.monotonic_ns() // 1000
        hub.broadcaster.send("news", {"topic": topic, "seq": seq, "t": sent, "pad": "idea " * 12}, topic)


def _resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


hubs: list[Hub] = []
"""The hub of this process, for the web server's configuration."""


def build(url: str, options: dict[str, Any]) -> tuple[Any, Hub]:
    """The application and its hub. `options` are fields of LiveConfig; "rates" as {name: [per second, burst]}."""
    database = Database.open(url)
    rates = {name: Rate(*pair) for name, pair in options.pop("rates", {}).items()}
    stamped = options.pop("stamped", False)
    config = LiveConfig(rates={**RATES, **rates}, **options)
    hub = Hub(
        Doors(
            database=database,
            token_hash=cookie_hash,
            load_actor=load_actor,
            live_sessions=live_sessions,
            access_stamp=(
                lambda tx: tx.session.execute(select(func.count()).select_from(stamps)).scalar_one()
            )
            if stamped
            else None,
        ),
        config,
    )
    hub.topics.register(Topic("thread", may_join=may_join, head=head))
    pages = Pages(database)
    pages.hub = hub
    hubs[:] = [hub]
    return attach(pages, hub, live), hub


def from_environment() -> Any:
    """What gunicorn calls."""
    return build(os.environ["LIVE_DATABASE"], json.loads(os.environ["LIVE_OPTIONS"]))[0]
