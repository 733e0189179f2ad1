"""A team's days as an iCalendar file (RFC 5545), and the personal addresses by which calendar programs read it.

Each entry keeps its UID for ever, and its SEQUENCE grows when it changes, so that programs move what they have instead
of showing it twice. All entries are whole days, which need no time zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from cop.teams.queries import Team
from cop.teams.timeline import Milestone, Timeline

PRODUCT = "-//CoP//Teams//EN"


def calendar_file(team: Team, days: Timeline, *, base: str) -> bytes:
    """The calendar of one team. `base` is the address of this site: its host makes the UIDs ours."""
    host = urlsplit(base).hostname or "localhost"
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", team.name)
    for milestone in days.milestones:
        calendar.add_component(_milestone(team, milestone, host, base))
    if team.end_date is not None:
        calendar.add_component(_end(team, team.end_date, days, host, base))
    made: bytes = calendar.to_ical()
    return made


def _whole_day(uid: str, on: date, summary: str, *, stamp: datetime, sequence: int, link: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", sequence)
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    event.add("summary", summary)
    event.add("url", link)
    event.add("transp", "TRANSPARENT")
    return event


def _milestone(team: Team, found: Milestone, host: str, base: str) -> Event:
    done = "Reached: " if found.done_at else ""
    return _whole_day(
        f"milestone-{found.id}@{host}",
        found.due,
        f"{done}{found.title} ({team.name})",
        stamp=found.changed_at,
        sequence=found.sequence,
        link=f"{base}/teams/{team.id}/timeline",
    )


def _end(team: Team, ends: date, days: Timeline, host: str, base: str) -> Event:
    """The end date. The charter's version grows with each change of it, the board's included."""
    moved = (
        days.moved[-1].decided_at if days.moved else datetime.combine(team.start_date, time(0), tzinfo=UTC)
    )
    return _whole_day(
        f"team-{team.id}-end@{host}",
        ends,
        f"{team.name} ends",
        stamp=moved,
        sequence=team.version,
        link=f"{base}/teams/{team.id}",
    )
