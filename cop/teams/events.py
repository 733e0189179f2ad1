"""What happens to teams."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class TeamStarted(Event):
    """Somebody started a team; it forms until its charter and its people are complete."""

    team_id: int
    access_mode: str


@dataclass(frozen=True, slots=True)
class TeamCharterChanged(Event):
    """The charter was rewritten: question, ambition, scope, dates or functions wanted."""

    team_id: int
    version: int


@dataclass(frozen=True, slots=True)
class TeamAccessChanged(Event):
    """Another circle of people may read the team from now on; what it wrote is indexed anew."""

    team_id: int
    access_mode: str


@dataclass(frozen=True, slots=True)
class TeamActivated(Event):
    """The charter is complete and the people are there: the work began."""

    team_id: int


@dataclass(frozen=True, slots=True)
class TeamFinishingBegun(Event):
    """The team writes up what it learnt and hands over what is open."""

    team_id: int


@dataclass(frozen=True, slots=True)
class TeamExtended(Event):
    """The board moved the end date of a team at work."""

    team_id: int
    end_date: str


@dataclass(frozen=True, slots=True)
class MemberAdded(Event):
    """Somebody joined a team."""

    team_id: int
    person_id: int
    role: str
    function: str


@dataclass(frozen=True, slots=True)
class MemberRoleChanged(Event):
    """Somebody's role, or the function they bring, is another one now."""

    team_id: int
    person_id: int
    role: str
    function: str


@dataclass(frozen=True, slots=True)
class MemberRemoved(Event):
    """Somebody left a team, or was taken off it; the record that they were there stays."""

    team_id: int
    person_id: int
