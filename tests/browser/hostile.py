"""A world in which every field holds a text that tries to run a script, written through the services."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import text as text_of

from cop.accounts import service as accounts
from cop.files import service as files
from cop.files.intake import Received, receive
from cop.files.outcome import ExtractedText, HiddenContent
from cop.kernel.access import SYSTEM
from cop.library import queries as library_queries
from cop.library import service as library
from cop.library.limits import REASON_MAX, TITLE_MAX
from cop.library.service import Details, History
from cop.teams import service as teams
from cop.teams.service import Charter, Placed
from cop.threads import service as threads
from cop.threads.service import LoadedPost
from cop.threads.texts import Written, written
from tests.browser.conftest import Site
from tests.build.world import MEGABYTE
from tests.data.script_injections import INJECTIONS

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
# PostgreSQL refuses NUL, and every form takes it out.
TEXTS = [text.replace("\0", "") for text in INJECTIONS]
BREAKERS = [text for text in TEXTS if text.startswith(('"', "'", "</", "--", "]]", "*/", "?>", "{{", "{%"))]
"""Those that get out of an attribute, an element or a template."""
SAMPLE = BREAKERS[::4]
"""Some of every kind of way out, for pages that show one text each; lists and long fields show all of them."""


def joined(size: int) -> list[str]:
    """All texts, several in one, each result of at most `size` characters."""
    found, now = [], ""
    for text in TEXTS:
        if now and len(now) + len(text) + 1 > size:
            found.append(now)
            now = ""
        now = f"{now} {text}" if now else text
    return [*found, now]


TITLES = joined(TITLE_MAX)
REASONS = joined(REASON_MAX)
"""All texts, in pieces as long as a title or a reason to withdraw may be."""


@dataclass
class Hostile:
    """Ids of what was written."""

    people: list[int] = field(default_factory=list)
    organisations: list[int] = field(default_factory=list)
    teams: list[int] = field(default_factory=list)
    assets: list[int] = field(default_factory=list)
    titled: list[int] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    drafts: list[int] = field(default_factory=list)
    crowd: int = 0
    long_thread: int = 0
    posts: list[int] = field(default_factory=list)
    """Those that begin with "window" and go on with one of the texts."""


def _people(site: Site, made: Hostile) -> None:
    with site.db.transaction(write=True) as tx:
        for number, text in enumerate(TEXTS):
            organisation = accounts.add_organisation(SYSTEM, tx=tx, kind="consortium", name=text)
            made.organisations.append(organisation)
            made.people.append(
                accounts.add_person(
                    SYSTEM,
                    tx=tx,
                    email=f"hostile{number}@testshire.example",
                    name=text,
                    organisation_id=organisation,
                    function="legal",
                    job=text,
                )
            )


def _charter(text: str) -> Charter:
    return Charter(
        name=text,
        question=text,
        start_date=NOW.date(),
        ambition=text,
        ambition_by=date(2027, 1, 1),
        measure=text,
        baseline=text,
        scope_in=text,
        scope_out=text,
        gap_note=text,
        end_date=date(2030, 1, 1),
        functions_wanted=frozenset({"it"}),
    )


def _teams(site: Site, made: Hostile) -> None:
    lead = site.world.actors["lead"].person_id or 0
    crowd = [
        Placed(person, "member", "legal", text[:120], NOW)
        for person, text in zip(made.people, TEXTS, strict=True)
    ]
    with site.db.transaction(write=True) as tx:
        for number, text in enumerate(TEXTS):
            people = [Placed(lead, "lead", "procurement", text, NOW), *(() if number else crowd)]
            made.teams.append(
                teams.load_team(
                    SYSTEM, tx=tx, charter=_charter(text), status="active", people=people, created_at=NOW
                )
            )
    made.crowd = made.teams[0]


def _readable(text: str) -> Written:
    return written(f"window {text} ran")


def _threads(site: Site, made: Hostile) -> None:
    bodies = [_readable(text) for text in TEXTS]
    lead = site.world.actors["lead"].person_id or 0
    pairs = list(zip(made.people, bodies, strict=True))
    posts = [LoadedPost(person, NOW, ((NOW, body),)) for person, body in pairs]
    history = LoadedPost(lead, NOW, tuple((NOW, written(text)) for text in joined(2_000)))
    with site.db.transaction(write=True) as tx:
        made.long_thread = threads.load_thread(
            SYSTEM, tx=tx, team_id=made.crowd, title=BREAKERS[0], posts=[history, *posts]
        )
        for text, post in zip(TEXTS, posts, strict=True):
            threads.load_thread(SYSTEM, tx=tx, team_id=made.crowd, title=text, posts=[post])
        query = text_of("SELECT id FROM post WHERE source LIKE 'window %' AND author_id <> :lead")
        made.posts = list(tx.session.scalars(query, {"lead": lead}))


def _load(
    site: Site, made: Hostile, details: Details, received: Received, *, status: str = "published"
) -> int:
    """One asset of the crowd's team."""
    history = History(status, NOW, None if status == "draft" else NOW, details.owner_id)
    with site.db.transaction(write=True) as tx:
        return library.load_asset(
            SYSTEM, tx=tx, details=details, received=received, team_id=made.crowd, history=history
        )


def _details(title: str, summary: str, owner: int, audience: str = "public") -> Details:
    return Details(
        title=title,
        summary=summary,
        kind="guide",
        category="Social care",
        audience=audience,
        regime="procurement_act_2023",
        owner_id=owner,
        review_date=date(2027, 1, 1),
    )


def _assets(site: Site, made: Hostile) -> None:
    """Each text in a summary, those that break out in titles, and all in the names and words of documents."""
    lead = site.world.actors["lead"].person_id or 0
    summaries = joined(390)
    for number, title in enumerate(BREAKERS):
        words = "".join(char for char in joined(4_000)[number % 5] if char.isprintable() or char in "\n\t")
        body = f"window {words} ran\n".encode()
        name = f"{title} file.txt".replace("/", "")
        received = receive(site.world.store, io.BytesIO(body), filename=name, limit=MEGABYTE)
        details = _details(title, summaries[number % len(summaries)], lead)
        made.assets.append(_load(site, made, details, received))
    with site.db.transaction(write=True) as tx:
        library.withdraw(SYSTEM, tx=tx, asset_id=made.assets[0], reason=summaries[0])


def _assets_of_the_team(site: Site, made: Hostile) -> None:
    """Every text in a title, as an owner's name, as a reason to withdraw, and among what hides in a document."""
    received = receive(site.world.store, io.BytesIO(b"Some words."), filename="words.txt", limit=MEGABYTE)
    lead = site.world.actors["lead"].person_id or 0
    for number, title in enumerate(TITLES):
        details = _details(title, "One", made.people[number], "team")
        made.titled.append(_load(site, made, details, received))
    for reason in REASONS:
        asset = _load(site, made, _details("Old", "One", lead), received)
        with site.db.transaction(write=True) as tx:
            library.withdraw(SYSTEM, tx=tx, asset_id=asset, reason=reason)
        made.withdrawn.append(asset)
    names = joined(190)
    for at in range(0, len(names), 5):
        made.drafts.append(_load(site, made, _details("New", "One", lead), received, status="draft"))
        outcome = ExtractedText(
            "searchable", text="Some words.", hidden=HiddenContent(tuple(names[at : at + 5]))
        )
        with site.db.transaction(write=True) as tx:
            asset_file = library_queries.asset(SYSTEM, tx=tx, asset_id=made.drafts[-1]).file.file_id
            files.store_text(SYSTEM, tx=tx, file_id=asset_file, outcome=outcome)


def fill(site: Site) -> Hostile:
    """Write it all."""
    made = Hostile()
    _people(site, made)
    _teams(site, made)
    _threads(site, made)
    _assets(site, made)
    _assets_of_the_team(site, made)
    with site.db.transaction(write=True) as tx:
        member = site.world.actors["member"]
        for text in joined(480):
            accounts.declare_interest(member, tx=tx, text=text)
    return made
