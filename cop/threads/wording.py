"""Words about what is new in threads, and about what people hear of."""

from __future__ import annotations

from datetime import datetime

from cop.web.dates import clock, day, in_london

LEVEL_WORDS = {"everything": "Everything", "mentions": "Mentions", "nothing": "Nothing"}
TEAM_HINTS = {
    "everything": "Every new post in this team’s threads, once for each thread until you have read it.",
    "mentions": "When somebody mentions you. In threads you write in, every new post.",
    "nothing": "Not even when somebody mentions you.",
}
THREAD_HINTS = {
    "everything": "Every new post, once until you have read it.",
    "mentions": "When somebody mentions you.",
    "nothing": "Not even when somebody mentions you.",
}
HEARD = {
    "everything": "You hear of every new post here.",
    "mentions": "You hear of it when somebody mentions you here.",
    "nothing": "You hear of nothing that happens here.",
}


def since(moment: datetime, now: datetime) -> str:
    """Since when something is new: "Tuesday", "yesterday", "3 November"; today it is the time of day."""
    return clock(moment) if in_london(moment) == in_london(now) else day(moment, now)
