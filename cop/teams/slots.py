"""Places on a team's pages that threads, the library and later domains fill without teams knowing of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cop.kernel.slots import Slot
from cop.teams.queries import Team


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the team in its row of tabs. `order`: overview 0, threads 10, library 60, people 90.

    `new` says how much on it the reader has not seen, in few characters: "3", "99+".
    """

    order: int
    key: str
    label: str
    href: str
    count: int | None = None
    new: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that goes on: `before`, the link, `after` make one sentence; `at` orders, newest first."""

    at: datetime
    label: str
    href: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """Something this reader can do here. The main one is that of the page's own `tab`, else of the lowest `order`."""

    order: int
    label: str
    href: str
    tab: str = ""


TEAM_TABS: Slot[Team, Tab] = Slot("team_tabs")
TEAM_ACTIVITY: Slot[Team, Activity] = Slot("team_activity")
TEAM_ACTIONS: Slot[Team, Action] = Slot("team_actions")
