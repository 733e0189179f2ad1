"""The composition root: the only module that knows every domain and puts the house together."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Collection, Mapping
from email.utils import formataddr
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy.exc import DBAPIError
from werkzeug.http import parse_cookie

from cop.accounts import admin as accounts_admin
from cop.accounts import (
    half_way,
    kept_texts,
    letters,
    organisations,
    routes_board,
    routes_code,
    routes_joining,
    routes_memberships,
    routes_merging,
    routes_people,
    routes_rosters,
    routes_second_step,
    sessions,
    sign_in,
)
from cop.accounts import queries as people
from cop.accounts import routes as accounts
from cop.accounts.credentials import has_published_passwords
from cop.accounts.events import (
    MembershipEnded,
    OrganisationSwitched,
    PersonMerged,
    PersonSuspended,
    RoleTaken,
    SuccessorChosen,
)
from cop.files import quota
from cop.files import wiring as files
from cop.files.scanner import Scanner, WhenDown
from cop.files.store import FileStore
from cop.home import health, operations, standing
from cop.home import routes as home
from cop.kernel import logs
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database, Tx
from cop.kernel.events import how_many
from cop.kernel.usage import UsageThread, usage
from cop.library import wiring as library
from cop.live.config import LiveConfig
from cop.live.hub import Doors, Hub
from cop.live.server import install as attach_live
from cop.mail import links
from cop.mail import routes as mail
from cop.mail.post import Post
from cop.mail.transport import transport_of
from cop.notifications import queries as notices
from cop.notifications import wiring as notifications
from cop.paths import TEMPLATES
from cop.search import wiring as search
from cop.search.document import Registry
from cop.search.queries import Finder
from cop.settings import Settings, SettingsError
from cop.teams import wiring as teams
from cop.teams.events import MemberRemoved, MemberRoleChanged, TeamAccessChanged
from cop.teams.joining_events import GuestEnded
from cop.threads import wiring as threads
from cop.threads.events import ThreadMoved
from cop.web import (
    actor,
    assets,
    compression,
    errors,
    limits,
    multipart,
    numbers,
    request_log,
    security,
    templating,
)
from cop.web.dates import in_london
from cop.web.edge import Edge, HeaderCounts, install
from cop.web.templating import NavItem
from cop.worker import HEARTBEAT, Worker

__all__ = [
    "build_worker",
    "create_app",
    "log_as",
    "open_database",
    "open_finder",
    "open_post",
    "open_scanner",
    "refuse_published_passwords",
    "refuse_without_mail",
    "start",
]


log = logging.getLogger(__name__)

# After one of these somebody may read less than before: open sockets are asked again, whichever process wrote it.
ACCESS_SHRINKS = (
    MemberRemoved,
    MemberRoleChanged,
    GuestEnded,
    TeamAccessChanged,
    ThreadMoved,
    PersonSuspended,
    PersonMerged,
    RoleTaken,
    OrganisationSwitched,
    MembershipEnded,
    SuccessorChosen,
)


def navigation(visitor: Actor, counts: HeaderCounts | None) -> list[NavItem]:
    """The header's links with their numbers; `counts` is None where a page is drawn without having asked."""
    links = [NavItem("Library", "/library"), NavItem("Teams", "/teams", also=("/threads", "/posts"))]
    if visitor.signed_in:
        links.insert(0, NavItem("What needs me", "/", counts.needs or None if counts else None))
        links.append(NavItem("Inbox", "/inbox", counts.news or None if counts else None))
    if visitor.is_platform_admin:
        links.append(NavItem("Administration", "/admin"))
    return links if visitor.signed_in else [*links, NavItem("Sign in", "/sign-in")]


def open_database(settings: Settings) -> Database:
    """The database of these settings; call it after a fork."""
    return Database.open(settings.database_url)


def _header_counts(tx: Tx, visitor: Actor) -> HeaderCounts:
    return HeaderCounts(*notices.header_counts(visitor, tx=tx, today=in_london(utc_now())))


def _live_edge(app: Flask, edge: Edge) -> Hub:
    """Put the socket server in front of the pages. Sockets learn who they act for from the same rows as pages."""
    settings = edge.settings

    def hash_of(environ: Mapping[str, Any]) -> str | None:
        return actor.hash_in(dict(parse_cookie(environ.get("HTTP_COOKIE", ""))), settings)

    def living(tx: Tx, ids: Collection[int]) -> set[int]:
        return sessions.living(tx, ids, idle=settings.session_idle)

    doors = Doors(
        database=edge.db,
        token_hash=hash_of,
        load_actor=edge.load_actor,
        live_sessions=living,
        access_stamp=lambda tx: how_many(tx, ACCESS_SHRINKS),
    )
    config = LiveConfig(
        origins=tuple(settings.origins),
        max_sockets=settings.max_sockets,
        fanout="direct" if settings.live_fanout == "direct" else "stock",
    )
    hub = Hub(doors, config)
    attach_live(app, hub)
    return hub


def _wire(settings: Settings) -> FileStore:
    """What pages and the worker share: subscriptions, and the parts that both use."""
    files.register()
    quota.in_force.set(
        person_day=settings.upload_person,
        organisation=settings.upload_organisation,
        server=settings.upload_server,
        people_of=lambda number: people.ids_of(SYSTEM, organisation_id=number),
    )
    return FileStore(settings.var / "files", open_scanner(settings))


def open_scanner(settings: Settings) -> Scanner | None:
    """The malware scanner these settings name, if any."""
    if not settings.clamd:
        return None
    when_down: WhenDown = "wait" if settings.clamd_down == "wait" else "refuse"
    return Scanner(settings.clamd, settings.clamd_seconds, when_down)


def open_finder(settings: Settings) -> Finder:
    """Search over all that can be found, subscribed to what changes it. Web process, worker and commands need it."""
    registry = Registry()
    for domain in (teams, threads, library):
        domain.register_search(registry)
    search.register(registry)
    return search.finder(settings.var / "search", registry)


def open_post(settings: Settings) -> Post:
    """The way mail goes out, with everything that is written, subscribed to what is queued. All processes need it."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    sender = formataddr((settings.site_name, settings.mail_from))
    post = Post(
        transport_of(settings), base=settings.public_url, host=host, sender=sender, site=settings.site_name
    )
    post.subscribe()
    letters.register(post)
    notifications.register_mail(post, settings.secret)
    teams.register_mail(post)
    teams.register_notices()
    threads.register_things()
    library.register_mail(post, settings.secret)
    threads.register_notices()
    return post


def log_as(settings: Settings) -> None:
    """Log to standard error as these settings say; each process of ours calls it once."""
    quoting = settings.demo or settings.log_level == "debug"
    logs.install(level=settings.log_level, form=settings.log_format, quoting=quoting)


def create_app(settings: Settings, db: Database | None = None) -> Flask:
    """Build the application. `db` is given by tests; else it is opened here."""
    log_as(settings)
    app = Flask("cop", template_folder=str(TEMPLATES), static_folder=None)

    def load_actor(tx: Tx, hashed: str | None) -> Actor:
        # The demonstration's passwords are published, so a second step would guard nothing; there it is only offered.
        return sessions.load_actor(tx, hashed, idle=settings.session_idle, hold_back=not settings.demo)

    edge = Edge(db or open_database(settings), settings, load_actor, navigation, sign_in.panel)
    edge.count_header = _header_counts
    store = _wire(settings)
    edge.parts[FileStore] = store
    edge.parts[Finder] = open_finder(settings)
    open_post(settings)
    install(app, edge)
    request_log.install(app, settings)
    compression.install(app)
    multipart.install()
    security.install(app, settings)
    actor.install(app)
    limits.install(app)
    assets.install(app)
    templating.install(app)
    errors.install(app)
    numbers.install(app)
    hub = edge.parts[Hub] = _live_edge(app, edge)
    usage.register(sessions.SEEN, sessions.note_seen)
    for area in (
        sign_in.area,
        routes_code.area,
        accounts.area,
        routes_second_step.area,
        routes_memberships.area,
        routes_board.area,
        accounts_admin.area,
        routes_rosters.area,
        organisations.area,
        routes_joining.area,
        routes_people.area,
        routes_merging.area,
    ):
        app.register_blueprint(area)
    app.register_blueprint(mail.area)
    for area in (home.area, standing.area, health.area, operations.area):
        app.register_blueprint(area)
    notifications.register_pages(app)
    teams.register_pages(app)
    threads.register_pages(app)
    threads.register_topics(hub.topics)
    library.register_pages(app)
    search.register_pages(app)
    return app


def refuse_published_passwords(settings: Settings, db: Database) -> None:
    """Raise SettingsError where others would be served a database whose passwords everybody knows."""
    if not settings.demo and has_published_passwords(db):
        raise SettingsError(
            "This database holds demonstration accounts, whose password everybody knows. "
            "Serve it with COP_DEMO=1 on this machine, or start with an empty database."
        )


def refuse_without_mail(settings: Settings) -> None:
    """Raise SettingsError where people would be promised mail that nothing can send."""
    if transport_of(settings) is None:
        raise SettingsError(
            "There is no way to send mail. Set COP_SMTP_URL to your mail server and COP_MAIL_FROM to the address it "
            "sends from; only the demonstration keeps its mail in a folder."
        )


def start(app: Flask) -> None:
    """Start what runs beside the requests of a web process: writing facts of use, and opening the index early."""
    edge = cast(Edge, app.extensions["cop"])
    try:
        refuse_published_passwords(edge.settings, edge.db)
    except DBAPIError:
        # The process comes up all the same, so that /healthz answers and /readyz can say what is wrong.
        log.warning("the database does not answer, or is not migrated yet")
    writing = edge.parts[UsageThread] = UsageThread(usage, edge.db)
    writing.start()
    threading.Thread(target=search.warm, args=(edge.parts[Finder],), name="warm", daemon=True).start()


def build_worker(settings: Settings, db: Database) -> Worker:
    """The worker of these settings, with every consumer there is."""
    store = _wire(settings)

    def forget_sessions(database: Database) -> None:
        # Asked by a reader first, like all that recurs: an idle worker never takes the writer lock.
        with database.transaction(write=False) as tx:
            if not (sessions.some_ended(tx) or half_way.some_ended(tx) or kept_texts.some_ended(tx)):
                return
        with database.transaction(write=True) as tx:
            sessions.forget_ended(tx)
            half_way.forget_ended(tx)
            kept_texts.forget_ended(tx)

    def forget_links(database: Database) -> None:
        with database.transaction(write=False) as tx:
            if not links.some_ended(tx):
                return
        with database.transaction(write=True) as tx:
            links.forget_ended(tx)

    post = open_post(settings)
    consumers = (
        *files.consumers(store),
        *search.consumers(open_finder(settings)),
        *notifications.consumers(),
        *teams.consumers(),
        *library.consumers(),
        *threads.consumers(),
        post.consumer(),
    )

    def beat(database: Database) -> None:
        # A full disk keeps it from being made, and not from being touched.
        with contextlib.suppress(OSError):
            (settings.var / HEARTBEAT).touch()

    chores = [
        beat,
        forget_sessions,
        forget_links,
        teams.tell_of_end_dates,
        notifications.send_digests,
        files.sweeping(store),
        files.rereading(store),
        *library.chores(),
    ]
    return Worker(db, consumers=consumers, chores=chores)
