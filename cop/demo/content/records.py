"""The demonstration community as typed, frozen records: what `reader` returns and the loader turns into rows.

Everything refers to everything else by *key*, a short slug that is unique within its kind. Times are aware UTC
datetimes already worked out from "today", so nothing here knows about day offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

ORGANISATION_KINDS = ("council", "consortium", "supplier", "central", "community")
ROLES = ("platform_admin", "board", "librarian", "organisation_admin")
AUDIENCES = ("public", "network", "team")
ASSET_STATES = ("draft", "published")
LICENCE = "OGL-UK-3.0"


@dataclass(frozen=True)
class Organisation:
    """A body people act for. Councils and combined authorities carry the GSS code that keys the register."""

    key: str
    kind: str
    name: str
    gss: str | None
    domain: str


@dataclass(frozen=True)
class Person:
    """Somebody invented. `interests` is None for a person who has not declared yet, empty for "none to declare".

    `sign_in` says why one would sign in as this person in the demonstration; it is None for all others. `also` names
    other organisations that they can act for.
    """

    key: str
    name: str
    email: str
    organisation: str
    function: str
    job: str
    interests: tuple[str, ...] | None
    roles: tuple[str, ...]
    sign_in: str | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """One person's place in a team: role, the function they bring, and the line shown under their name."""

    person: str
    role: str
    function: str
    title: str
    joined: datetime


@dataclass(frozen=True)
class Team:
    """A task-and-finish team with its charter."""

    key: str
    name: str
    question: str
    ambition: str
    measure: str
    baseline: str
    ambition_by: date
    scope_in: tuple[str, ...]
    scope_out: tuple[str, ...]
    access: str
    state: str
    starts: date
    ends: date
    functions_wanted: tuple[str, ...]
    gap_note: str
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Edit:
    """A later text of a post or summary; the newest edit is what readers see."""

    author: str
    when: datetime
    body: str


@dataclass(frozen=True)
class Deletion:
    """The moment a post became a tombstone, and who removed it."""

    author: str
    when: datetime


@dataclass(frozen=True)
class Post:
    """One post as first written, then its edits in order, then its deletion if there was one."""

    author: str
    when: datetime
    body: str
    edits: tuple[Edit, ...]
    deleted: Deletion | None


@dataclass(frozen=True)
class Thread:
    """A discussion: its first post starts it. `summary` versions are in order; `outcome` concludes it."""

    key: str
    team: str
    title: str
    summary: tuple[Edit, ...]
    outcome: Edit | None
    posts: tuple[Post, ...]


@dataclass(frozen=True)
class FormerVersion:
    """A version that a newer one has replaced; `note` says what changed in it, nothing for the first."""

    file: str
    summary: str
    note: str
    created: datetime
    published: datetime
    path: Path


@dataclass(frozen=True)
class Reviewed:
    """That somebody looked at a document again and found it still right."""

    by: str
    when: datetime
    note: str


@dataclass(frozen=True)
class Asset:
    """A knowledge asset and the file that carries it. `phrases` stand inside the file, never in title or summary.

    `hidden` says in words what a draft hides on purpose (author name, comment, tracked change), else None. `former` are
    the versions before this one, the oldest first, and `note` what changed since. `scanned`: pictures, without text.
    `publisher`: the organisation that its owner acted for then, where that is another one now.
    """

    key: str
    file: str
    title: str
    summary: str
    kind: str
    category: str
    regime: str
    licence: str
    owner: str
    audience: str
    team: str | None
    state: str
    created: datetime
    published: datetime | None
    review: date
    phrases: tuple[str, ...]
    hidden: str | None
    path: Path
    scanned: bool = False
    publisher: str | None = None
    note: str | None = None
    former: tuple[FormerVersion, ...] = ()
    reviews: tuple[Reviewed, ...] = ()

    @property
    def versions(self) -> tuple[FormerVersion | Asset, ...]:
        """All of them, the oldest first, and itself as the last."""
        return (*self.former, self)


@dataclass(frozen=True)
class Milestone:
    """A day by which something should be true, and when it was marked as reached."""

    team: str
    title: str
    due: date
    done: datetime | None


@dataclass(frozen=True)
class Item:
    """Something on a team's list; settled ones say when, and those handed over to whom."""

    team: str
    title: str
    owner: str | None
    due: date | None
    state: str
    settled: datetime | None
    to: str
    note: str


@dataclass(frozen=True)
class Decision:
    """What a team decided, when, and who did in words."""

    team: str
    text: str
    when: date
    who: str


@dataclass(frozen=True)
class Extension:
    """A decision of the board about an end date."""

    team: str
    before: date
    after: date
    reason: str
    who: str
    when: datetime


@dataclass(frozen=True)
class Step:
    """When a team came into a state."""

    team: str
    state: str
    when: datetime


@dataclass(frozen=True)
class Stance:
    """What somebody on a team says of today's way."""

    team: str
    person: str
    stance: str


@dataclass(frozen=True)
class Report:
    """A closing report in Markdown."""

    team: str
    person: str
    when: datetime
    body: str


@dataclass(frozen=True)
class Work:
    """What the teams do with their days."""

    milestones: tuple[Milestone, ...]
    items: tuple[Item, ...]
    decisions: tuple[Decision, ...]
    extensions: tuple[Extension, ...]
    steps: tuple[Step, ...]
    stances: tuple[Stance, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True)
class Community:
    """All of it, and the sentence every page of the demonstration may show: that none of this is real."""

    notice: str
    organisations: tuple[Organisation, ...]
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    threads: tuple[Thread, ...]
    assets: tuple[Asset, ...]
    work: Work
