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
    """The board moved the end date of a team at work; the reason stands on the team's timeline."""

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


@dataclass(frozen=True, slots=True)
class TeamClosed(Event):
    """A team is closed: everything it wrote can be read, and nothing written any more."""

    team_id: int


@dataclass(frozen=True, slots=True)
class TeamEndNear(Event):
    """A team ends within a week, and its lead was told."""

    team_id: int
    end_date: str


@dataclass(frozen=True, slots=True)
class TeamOverdue(Event):
    """A team is past its end date, and its lead was told."""

    team_id: int
    end_date: str


@dataclass(frozen=True, slots=True)
class StanceTaken(Event):
    """Somebody said whether they are content with today’s way. What they said stays out of the log."""

    team_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class MilestoneAdded(Event):
    """A day by which something should be true was set."""

    team_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class MilestoneChanged(Event):
    """A milestone has another title or another day."""

    team_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class MilestoneReached(Event):
    """A milestone was marked as reached."""

    team_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class MilestoneReopened(Event):
    """A milestone is no longer marked as reached."""

    team_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class MilestoneRemoved(Event):
    """A milestone was taken off the timeline."""

    team_id: int
    milestone_id: int


@dataclass(frozen=True, slots=True)
class OpenItemAdded(Event):
    """Something was put on a team’s list; `owner_id` is None while nobody has it."""

    team_id: int
    item_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class OpenItemChanged(Event):
    """An open item has other words, another day or another owner."""

    team_id: int
    item_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class OpenItemDone(Event):
    """An open item was marked as done."""

    team_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class OpenItemReopened(Event):
    """An item that was done or handed over is open again."""

    team_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class OpenItemHandedOver(Event):
    """An open item was handed to somebody outside the team."""

    team_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class OpenItemLostOwner(Event):
    """The owner of an open item left the team or the house; somebody has to take it."""

    team_id: int
    item_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class OpenItemWithdrawn(Event):
    """The thing that an open item stood for is gone, and so is the item."""

    team_id: int
    item_id: int


@dataclass(frozen=True, slots=True)
class DecisionRecorded(Event):
    """A decision of a team was written down."""

    team_id: int
    decision_id: int


@dataclass(frozen=True, slots=True)
class DecisionChanged(Event):
    """The words or the day of a recorded decision were put right."""

    team_id: int
    decision_id: int


@dataclass(frozen=True, slots=True)
class ClosingReportSaved(Event):
    """A version of a team’s closing report was saved."""

    team_id: int
    version: int


@dataclass(frozen=True, slots=True)
class CalendarAddressMade(Event):
    """Somebody had an address for their calendar program made, or made anew."""

    person_id: int


@dataclass(frozen=True, slots=True)
class CalendarAddressEnded(Event):
    """Somebody took the address of their calendar program back."""

    person_id: int
