"""What happens in threads."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ThreadStarted(Event):
    """Somebody opened a discussion."""

    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class PostWritten(Event):
    """Somebody wrote in a thread; the first post starts it."""

    post_id: int
    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class PostEdited(Event):
    """A post has another text now; the earlier one can be read in its history."""

    post_id: int
    thread_id: int
    team_id: int
    version: int


@dataclass(frozen=True, slots=True)
class PostRemoved(Event):
    """A post became a tombstone: its text and its earlier versions are deleted."""

    post_id: int
    thread_id: int
    team_id: int
    by_author: bool
