"""The large community: thousands of people, threads, posts and documents by bulk inserts, in minutes.

`build_large(db, …)` fills a migrated, empty database, on SQLite as on PostgreSQL; the same rows each time. `cop demo
--people 2000 …` makes one to look at, and the benches measure on it. Rows go straight into the tables, a batch to a
transaction, because half a million acts through the services would take hours; no events are recorded for them, so
the event log of such a community begins when people do.
"""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table, func, insert, select, text

from cop.accounts import service as accounts
from cop.accounts.functions import FUNCTIONS
from cop.accounts.passwords import DEMO_PASSWORD, hash_password
from cop.accounts.register.reader import english_register
from cop.demo import prose
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM
from cop.kernel.db import Base, Database
from cop.library.vocabulary import CATEGORIES, KINDS, OGL, REGIMES
from cop.threads.texts import Written, written

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BATCH = 2_000
MODES = ("open", "network", "private")
FILE = b"# A document\n\nAll documents of the large community download this file.\n"
# The people to sign in as: on the long thread's team, an officer on no team, a supplier, the board, the admin.
LEAD, OFFICER, SUPPLIER, BOARD, ADMIN = 1, 1_996, 1_997, 1_998, 1_999


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything; a small one serves for tests of the builder itself."""

    people: int = 2_000
    teams: int = 60
    posts: int = 2_000
    """Of the longest thread, the first."""
    assets: int = 20_000
    threads: int = 0
    """Of all teams together; 0 for three of fifteen posts in each but the first."""
    all_posts: int = 0
    """Of all threads together, where their number is given."""

    @classmethod
    def of(cls, *, people: int, threads: int, posts: int, assets: int) -> Size:
        """The size of so much altogether: one thread is very long, a team has about thirty threads at most."""
        teams = max(4, min(60, people // 20, threads))
        longest = max(1, min(2_000, posts // 4))
        return cls(people, teams, longest, assets, max(threads, 2), posts)

    def shape(self) -> list[tuple[int, int]]:
        """For each thread its team and how many posts it has."""
        if not self.threads:
            return [(1, self.posts)] + [(team, 15) for team in range(2, self.teams + 1) for _ in range(3)]
        rest, others = max(self.all_posts - self.posts, 0), self.threads - 1
        each, more = divmod(rest, others)
        lengths = [each + (at < more) for at in range(others)]
        for at in range(0, others - 1, 2):
            # Threads are of very different lengths.
            moved = lengths[at] * 3 // 4
            lengths[at], lengths[at + 1] = lengths[at] - moved, lengths[at + 1] + moved
        return [(1, self.posts)] + [
            (at % self.teams + 1, max(1, count)) for at, count in enumerate(lengths, start=1)
        ]


@dataclass(frozen=True, slots=True)
class Large:
    """What benches need to know of the community: its longest thread, that thread's team, and who is who."""

    team_id: int
    thread_id: int
    people: Mapping[str, int]


Rows = Iterator[dict[str, Any]]
Told = Callable[[int], tuple[str, str, str]]


def email(number: int) -> str:
    """The address of the person with this id; the password of all is the demonstration's."""
    return f"person{number}@large.example"


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


def build_large(
    db: Database,
    *,
    size: Size | None = None,
    now: datetime = NOW,
    store: FileStore | None = None,
    told: Told = prose.document,
) -> Large:
    """Fill an empty database; with a store, downloads work too. The search index is left alone.

    `told(number)` gives title, summary and text of a document.
    """
    size = size or Size()
    rng = random.Random(2026)  # noqa: S311 - the same rows each time, and no secret
    hashed = hash_password(DEMO_PASSWORD, demo=True)
    texts = [written(body) for body in prose.bodies(rng, 60)]
    if store is not None:
        store.keep(store.spool(io.BytesIO(FILE), len(FILE)))
    councils, supplier = _organisations(db)
    of = _organisations_of(size, councils, supplier)
    _fill(db, "person", _people(size, of, now))
    since = now - timedelta(days=200)
    rows = ({"person_id": each, "organisation_id": body, "since": since} for each, body in of.items())
    _fill(db, "membership", rows)
    _fill(db, "person_password", _passwords(size, hashed, now))
    who = named_people(size.people)
    _fill(
        db,
        "person_role",
        iter(
            [
                {"person_id": who["board"], "role": "board"},
                {"person_id": who["admin"], "role": "platform_admin"},
            ]
        ),
    )
    _fill(db, "team", _teams(size, now))
    _fill(db, "team_function_wanted", _wanted(size))
    members = list(_members(size, now, rng))
    _fill(db, "team_member", iter(members))
    _threads(db, size, members, texts, now)
    _assets(db, size, members, of, now, told)
    _reset_sequences(db)
    return Large(team_id=1, thread_id=1, people=who)


def named_people(people: int) -> dict[str, int]:
    """Who to sign in as, by their number, among so many people."""
    last = people
    return {
        "lead": LEAD,
        "officer": min(OFFICER, last - 4),
        "supplier": min(SUPPLIER, last - 3),
        "board": min(BOARD, last - 2),
        "admin": min(ADMIN, last - 1),
    }


def _fill(db: Database, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows in batches, a transaction each."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        with db.transaction(write=True) as tx:
            tx.rows(insert(_table(name)), batch)


def _organisations(db: Database) -> tuple[list[int], int]:
    """Ids of 300 councils of the register that still stand, and of one supplier."""
    with db.transaction(write=True) as tx:
        accounts.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        supplier = accounts.add_organisation(SYSTEM, tx=tx, kind="supplier", name="Large Supplies")
        standing = (
            select(_table("organisation").c.id)
            .where(_table("organisation").c.kind == "council", _table("organisation").c.end_date.is_(None))
            .order_by(_table("organisation").c.gss_code)
            .limit(300)
        )
        return list(tx.session.scalars(standing)), supplier


def _organisations_of(size: Size, councils: list[int], supplier: int) -> dict[int, int]:
    """For whom each person acts."""
    who = named_people(size.people)
    return {
        number: supplier if number == who["supplier"] else councils[number % len(councils)]
        for number in range(1, size.people + 1)
    }


def _people(size: Size, of: Mapping[int, int], now: datetime) -> Rows:
    keys = list(FUNCTIONS)
    for number in range(1, size.people + 1):
        yield {
            "id": number,
            "email": email(number),
            "name": prose.person(number),
            "job": "Officer",
            "function": keys[number % len(keys)],
            "organisation_id": of[number],
            "created_at": now - timedelta(days=200, minutes=number),
            "suspended_at": None,
            "interests_declared_at": None,
        }


def _passwords(size: Size, hashed: str, now: datetime) -> Rows:
    for number in range(1, size.people + 1):
        # Published: everybody knows it, so that such a server refuses to start outside the demonstration.
        yield {"person_id": number, "hashed": hashed, "published": True, "changed_at": now}


def _teams(size: Size, now: datetime) -> Rows:
    states = ("active", "active", "finishing", "forming", "closed")
    for number in range(1, size.teams + 1):
        yield {
            "id": number,
            "name": prose.area(number),
            "question": f"How might councils buy {prose.area(number).lower()} at a tenth less?",
            "ambition": "10% less for the same outcome",
            "ambition_by": (now + timedelta(days=200)).date(),
            "measure": "Price paid for each unit",
            "baseline": "£100, made up",
            "scope_in": "What is bought most\nWhat is bought worst",
            "scope_out": "Everything else",
            "gap_note": "",
            "access_mode": MODES[(number - 1) % 3],
            "status": "active" if number == 1 else states[number % len(states)],
            "start_date": (now - timedelta(days=40 + number)).date(),
            "end_date": (now + timedelta(days=number % 50 - 5)).date(),
            "version": 1,
            "created_by": None,
            "created_at": now - timedelta(days=40 + number),
        }


def _wanted(size: Size) -> Rows:
    for number in range(1, size.teams + 1):
        for function in ("finance", "legal", "procurement", "service_user"):
            yield {"team_id": number, "function": function}


def _members(size: Size, now: datetime, rng: random.Random) -> Rows:
    """Twelve people on each team; person 1 leads the first. Nobody among the last ten is on a team."""
    keys = list(FUNCTIONS)
    number = 0
    for team_id in range(1, size.teams + 1):
        people = rng.sample(range(2, size.people - 9), 12)
        if team_id == 1:
            people[0] = LEAD
        for place, person_id in enumerate(people):
            number += 1
            yield {
                "id": number,
                "team_id": team_id,
                "person_id": person_id,
                "role": ("lead", "facilitator")[place] if place < 2 else "member",
                "function": keys[(team_id + place) % len(keys)],
                "title": "",
                "joined_at": now - timedelta(days=30, minutes=number),
                "left_at": None,
            }


def _threads(
    db: Database, size: Size, members: list[dict[str, Any]], texts: list[Written], now: datetime
) -> None:
    """One thread of `size.posts` in the first team, three of fifteen in each other."""
    people: dict[int, list[int]] = {}
    for member in members:
        people.setdefault(member["team_id"], []).append(member["person_id"])
    shape = size.shape()
    _fill(
        db,
        "thread",
        (
            {
                "id": thread_id,
                "team_id": team_id,
                "title": prose.question(thread_id, prose.area(team_id)),
                "created_by": people[team_id][0],
                "created_at": now - timedelta(minutes=count * 5 + thread_id),
                "seq": count,
            }
            for thread_id, (team_id, count) in enumerate(shape, start=1)
        ),
    )
    _fill(
        db, "post", ({"id": at, **post} for at, post in enumerate(_posts(shape, people, texts, now), start=1))
    )


def _posts(
    shape: list[tuple[int, int]], people: Mapping[int, list[int]], texts: list[Written], now: datetime
) -> Rows:
    for thread_id, (team_id, count) in enumerate(shape, start=1):
        began = now - timedelta(minutes=count * 5 + thread_id)
        for number in range(1, count + 1):
            body = texts[(thread_id + number) % len(texts)]
            author = people[team_id][number % 12]
            yield _post(thread_id, number, author, body, began + timedelta(minutes=number * 5))


def _post(thread_id: int, number: int, author: int, body: Written, at: datetime) -> dict[str, Any]:
    return {
        "thread_id": thread_id,
        "number": number,
        "author_id": author,
        "source": body.source,
        "html": body.rendered.html,
        "renderer": body.rendered.version,
        "version": 1,
        "seq": number,
        "key": f"large-{thread_id}-{number}",
        "quote_id": None,
        "created_at": at,
        "edited_at": None,
        "deleted_at": None,
        "deleted_by": None,
    }


def _audience(number: int, size: Size) -> tuple[str, int | None]:
    """Who may read a document, and whose it is: 8 in 10 for all, 1 for officers, 1 for one team."""
    team_id = number % size.teams + 1
    if number % 10 == 9:
        return "team", team_id
    return ("network" if number % 10 == 8 else "public"), team_id if number % 4 == 0 else None


def _assets(
    db: Database,
    size: Size,
    members: list[dict[str, Any]],
    of: Mapping[int, int],
    now: datetime,
    told_of: Told,
) -> None:
    sha256 = hashlib.sha256(FILE).hexdigest()
    leads = {member["team_id"]: member["person_id"] for member in members if member["role"] == "lead"}
    for start in range(1, size.assets + 1, BATCH):
        some = range(start, min(start + BATCH, size.assets + 1))
        told = {number: told_of(number) for number in some}
        _fill(db, "stored_file", (_file(number, sha256, now) for number in some))
        _fill(db, "file_text", (_text(number, told[number][2], now) for number in some))
        assets = [_asset(number, told[number], size, leads, of, now) for number in some]
        _fill(db, "asset", assets)
        _fill(db, "asset_version", (_version(asset) for asset in assets))


def _file(number: int, sha256: str, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "sha256": sha256,
        "size": len(FILE),
        "kind": "markdown",
        "media_type": "text/markdown; charset=utf-8",
        "filename": f"document-{number}.md",
        "uploaded_by": None,
        "created_at": now - timedelta(minutes=number),
    }


def _text(number: int, body: str, now: datetime) -> dict[str, Any]:
    return {
        "file_id": number,
        "status": "searchable",
        "reason": None,
        "text": body,
        "title": None,
        "pages": None,
        "findings": {},
        "extractor_version": 1,
        "extracted_at": now,
    }


def _published(number: int, now: datetime) -> datetime | None:
    """Over the last ten years, the highest numbers first; one in fifty is a draft."""
    return None if number % 50 == 7 else now - timedelta(minutes=1 + number * 250)


def _asset(
    number: int,
    told: tuple[str, str, str],
    size: Size,
    leads: Mapping[int, int],
    of: Mapping[int, int],
    now: datetime,
) -> dict[str, Any]:
    audience, team_id = _audience(number, size)
    published = _published(number, now)
    owner_id = leads[team_id] if team_id else number % (size.people - 10) + 1
    return {
        "id": number,
        "title": told[0][:150],
        "summary": told[1][:400],
        "kind": list(KINDS)[number % len(KINDS)],
        "category": CATEGORIES[number % len(CATEGORIES)],
        "regime": list(REGIMES)[number % len(REGIMES)],
        "licence": OGL,
        "owner_id": owner_id,
        "organisation_id": of[owner_id] if published else None,
        "review_date": (now + timedelta(days=365)).date(),
        "audience": audience,
        "team_id": team_id,
        "status": "published" if published else "draft",
        "version": 1,
        "revision": 1,
        "created_by": None,
        "created_at": now - timedelta(minutes=2 + number * 250),
        "published_at": published,
        "withdrawn_at": None,
        "withdrawn_reason": "",
        "upload_key": None,
    }


SHARED = ("title", "summary", "regime", "licence", "review_date", "audience", "status", "withdrawn_reason")


def _version(asset: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: asset[name] for name in (*SHARED, "created_by", "created_at", "published_at")},
        "id": asset["id"],
        "asset_id": asset["id"],
        "number": 1,
        "file_id": asset["id"],
        "note": "",
        "revision": 1,
        "superseded_at": None,
        "withdrawn_at": None,
        "checked_by": None,
        "checked_at": None,
    }


FILLED = ("person", "team", "team_member", "thread", "post", "stored_file", "asset", "asset_version")


def _reset_sequences(db: Database) -> None:
    """PostgreSQL counts ids apart from the rows: tell it where we got to, and let both gather statistics."""
    with db.transaction(write=True) as tx:
        for name in FILLED if not db.is_sqlite else ():
            highest = tx.session.scalar(select(func.max(_table(name).c.id)))
            tx.session.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :highest)"),
                {"name": name, "highest": highest},
            )
        tx.session.execute(text("ANALYZE"))
