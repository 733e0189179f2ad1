"""Reads the demonstration community from its TOML files: `read_community(today)` is the one entry point.

The files are data in this package, so this works from a wheel as from a checkout. What is read is checked
(`checks.problems`) before it is returned: the loader never meets a reference that leads nowhere.
"""

import tomllib
from datetime import date
from pathlib import Path

from cop.accounts.functions import FUNCTIONS
from cop.demo.content import checks
from cop.demo.content.records import (
    ASSET_STATES,
    AUDIENCES,
    LICENCE,
    ORGANISATION_KINDS,
    ROLES,
    Asset,
    Community,
    Deletion,
    Edit,
    FormerVersion,
    Member,
    Organisation,
    Person,
    Post,
    Reviewed,
    Team,
    Thread,
)
from cop.demo.content.tables import ContentError, Table
from cop.demo.content.work_reader import read_work
from cop.library.vocabulary import CATEGORIES, KINDS, REGIMES
from cop.teams.limits import ACCESS_MODES
from cop.teams.limits import ROLES as TEAM_ROLES
from cop.teams.limits import STATES as TEAM_STATES

CONTENT = Path(__file__).parent
FILES = CONTENT.parent / "files"


def read_community(today: date, content: Path = CONTENT, files: Path = FILES) -> Community:
    """The whole demonstration community with every time worked out from `today`.

    Raises ContentError naming the file and field, or listing every broken reference at once.
    """
    base = _open(content / "community.toml", today)
    teams = _open(content / "teams.toml", today)
    assets = _open(content / "assets.toml", today)
    work = _open(content / "work.toml", today)
    community = Community(
        notice=base.text("notice"),
        organisations=tuple(_organisation(table) for table in base.tables("organisations")),
        people=tuple(_person(table) for table in base.tables("people")),
        teams=tuple(_team(table) for table in teams.tables("teams")),
        threads=tuple(
            _thread(_open(path, today), path.stem) for path in sorted(content.glob("threads/*.toml"))
        ),
        assets=tuple(_asset(table, files) for table in assets.tables("assets")),
        work=read_work(work),
    )
    for table in (base, teams, assets, work):
        table.done()
    found = checks.problems(community, today)
    if found:
        raise ContentError("the demonstration's content does not hold together:\n" + "\n".join(found))
    return community


def _open(path: Path, today: date) -> Table:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path.name}: not TOML: {error}") from error
    return Table(values, where=path.name, today=today)


def _organisation(table: Table) -> Organisation:
    record = Organisation(
        key=table.text("key"),
        kind=table.one_of("kind", ORGANISATION_KINDS),
        name=table.text("name"),
        gss=table.optional_text("gss"),
        domain=table.text("domain"),
    )
    table.done()
    return record


def _person(table: Table) -> Person:
    roles = table.optional_texts("roles") or ()
    if not set(roles) <= set(ROLES):
        raise ContentError(f"a person's roles must be among {', '.join(ROLES)}: {roles}")
    record = Person(
        key=table.text("key"),
        name=table.text("name"),
        email=table.text("email"),
        organisation=table.text("organisation"),
        function=table.one_of("function", tuple(FUNCTIONS)),
        job=table.text("job"),
        interests=table.optional_texts("interests"),
        roles=roles,
        sign_in=table.optional_text("sign_in"),
        also=table.optional_texts("also") or (),
    )
    table.done()
    return record


def _member(table: Table) -> Member:
    record = Member(
        person=table.text("person"),
        role=table.one_of("role", TEAM_ROLES),
        function=table.one_of("function", tuple(FUNCTIONS)),
        title=table.text("title"),
        joined=table.moment("joined"),
    )
    table.done()
    return record


def _team(table: Table) -> Team:
    record = Team(
        key=table.text("key"),
        name=table.text("name"),
        question=table.text("question"),
        ambition=table.text("ambition"),
        measure=table.text("measure"),
        baseline=table.text("baseline"),
        ambition_by=table.day("ambition_by"),
        scope_in=table.texts("scope_in"),
        scope_out=table.texts("scope_out"),
        access=table.one_of("access", ACCESS_MODES),
        state=table.one_of("state", TEAM_STATES),
        starts=table.day("starts"),
        ends=table.day("ends"),
        functions_wanted=table.texts("functions_wanted"),
        gap_note=table.text("gap_note"),
        members=tuple(_member(member) for member in table.tables("members")),
    )
    table.done()
    return record


def _edit(table: Table) -> Edit:
    record = Edit(author=table.text("author"), when=table.moment("when"), body=table.text("body"))
    table.done()
    return record


def _post(table: Table) -> Post:
    gone = table.table("deleted")
    deleted = None
    if gone is not None:
        deleted = Deletion(author=gone.text("author"), when=gone.moment("when"))
        gone.done()
    record = Post(
        author=table.text("author"),
        when=table.moment("when"),
        body=table.text("body"),
        edits=tuple(_edit(edit) for edit in table.tables("edits")),
        deleted=deleted,
    )
    table.done()
    return record


def _thread(table: Table, key: str) -> Thread:
    outcome = table.table("outcome")
    record = Thread(
        key=key,
        team=table.text("team"),
        title=table.text("title"),
        summary=tuple(_edit(version) for version in table.tables("summary")),
        outcome=None if outcome is None else _edit(outcome),
        posts=tuple(_post(post) for post in table.tables("posts")),
    )
    table.done()
    return record


def _asset(table: Table, files: Path) -> Asset:
    file = table.text("file")
    record = Asset(
        key=table.text("key"),
        file=file,
        title=table.text("title"),
        summary=table.text("summary"),
        kind=table.one_of("kind", tuple(KINDS)),
        category=table.one_of("category", CATEGORIES),
        regime=table.one_of("regime", tuple(REGIMES)),
        licence=table.one_of("licence", (LICENCE,)),
        owner=table.text("owner"),
        audience=table.one_of("audience", AUDIENCES),
        team=table.optional_text("team"),
        state=table.one_of("state", ASSET_STATES),
        created=table.moment("created"),
        published=table.optional_moment("published"),
        review=table.day("review"),
        phrases=table.texts("phrases"),
        hidden=table.optional_text("hidden"),
        path=files / file,
        scanned=table.flag("scanned"),
        publisher=table.optional_text("publisher"),
        note=table.optional_text("note"),
        former=tuple(_former(version, files) for version in table.tables("former")),
        reviews=tuple(_reviewed(review) for review in table.tables("reviews")),
    )
    table.done()
    return record


def _former(table: Table, files: Path) -> FormerVersion:
    file = table.text("file")
    record = FormerVersion(
        file=file,
        summary=table.text("summary"),
        note=table.optional_text("note") or "",
        created=table.moment("created"),
        published=table.moment("published"),
        path=files / file,
    )
    table.done()
    return record


def _reviewed(table: Table) -> Reviewed:
    record = Reviewed(by=table.text("by"), when=table.moment("when"), note=table.text("note"))
    table.done()
    return record
