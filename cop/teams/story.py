"""The slot through which threads, the library and later domains add to a team's story and to its closing report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cop.kernel.slots import Slot
from cop.teams.queries import Team

KINDS = ("concluded", "published")
"""A thread that ended with an outcome; something that others can use."""


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """Something that came of a team's work, on its day in London. `note` is one sentence, such as the outcome."""

    day: date
    kind: str
    label: str
    href: str
    note: str = ""


TEAM_STORY: Slot[Team, StoryEntry] = Slot("team_story")
