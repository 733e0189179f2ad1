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
class PostFilesChanged(Event):
    """An edit gave a post other files, or described its pictures anew."""

    post_id: int
    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class PostRemoved(Event):
    """A post became a tombstone: its text and its earlier versions are deleted."""

    post_id: int
    thread_id: int
    team_id: int
    by_author: bool


@dataclass(frozen=True, slots=True)
class TeamFollowed(Event):
    """Somebody chose what they hear of in a team's threads."""

    team_id: int
    person_id: int
    level: str


@dataclass(frozen=True, slots=True)
class ThreadFollowed(Event):
    """Somebody chose what they hear of in one thread; no level means "as in the rest of the team".

    `by_link`: from an email, without signing in.
    """

    thread_id: int
    person_id: int
    level: str | None
    by_link: bool = False


@dataclass(frozen=True, slots=True)
class ThreadConcluded(Event):
    """Somebody said what came of a thread."""

    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadReopened(Event):
    """A concluded thread is open again; its outcome stays readable."""

    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadLocked(Event):
    """A thread takes no more posts."""

    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadUnlocked(Event):
    """A thread takes posts again."""

    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadSummarised(Event):
    """The summary on top of a thread has another text; the earlier ones can be read in its history."""

    thread_id: int
    team_id: int
    version: int


@dataclass(frozen=True, slots=True)
class ReactionGiven(Event):
    """Somebody reacted to a post."""

    post_id: int
    thread_id: int
    team_id: int
    reaction: str


@dataclass(frozen=True, slots=True)
class ReactionTakenBack(Event):
    """Somebody took a reaction back."""

    post_id: int
    thread_id: int
    team_id: int
    reaction: str


@dataclass(frozen=True, slots=True)
class PostReported(Event):
    """Somebody thinks that a post should not be there; without a person they were not signed in."""

    post_id: int
    thread_id: int
    team_id: int
    report_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class PostKept(Event):
    """A reported post stays as it is."""

    post_id: int
    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class PostHidden(Event):
    """A post keeps its place, but only its author and those who decide about it read it."""

    post_id: int
    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class PostRestored(Event):
    """A hidden post is there for everybody again."""

    post_id: int
    thread_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadMoved(Event):
    """A thread with all its posts belongs to another team now; others can read it than before."""

    thread_id: int
    from_team_id: int
    team_id: int


@dataclass(frozen=True, slots=True)
class ThreadSplit(Event):
    """Posts of one thread are a thread of their own now, in the same team; each left a marker in its place."""

    thread_id: int
    from_thread_id: int
    team_id: int
    posts: int
