"""Days and times in words, as people in England read them: "today, 5pm", "Tuesday 4:10pm", "17 December".

Relative words are used only when they are near, so that a printed page does not mislead. All times are shown in
Europe/London. The style is GOV.UK's: no leading noughts, "pm" without a space, "midday" and "midnight" in words.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def in_london(moment: date | datetime) -> date:
    """The day in London on which an aware moment falls; a plain date stays as it is. Refuses naive moments."""
    if not isinstance(moment, datetime):
        return moment
    if moment.tzinfo is None:
        raise ValueError("this moment has no time zone, so its day in London is unknown")
    return moment.astimezone(LONDON).date()


def clock(moment: datetime) -> str:
    """The time of day in London: "5pm", "9:02am", "midday", "midnight"."""
    local = moment.astimezone(LONDON)
    if local.minute == 0 and local.hour in (0, 12):
        return "midday" if local.hour else "midnight"
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def _date(day_shown: date, today: date) -> str:
    words = f"{day_shown.day} {_MONTHS[day_shown.month - 1]}"
    return words if day_shown.year == today.year else f"{words} {day_shown.year}"


def on_date(moment: date | datetime, today: date | datetime) -> str:
    """A day by its date, however near: "17 December", with the year when it is another."""
    return _date(in_london(moment), in_london(today))


def day(moment: date | datetime, today: date | datetime) -> str:
    """A day: "today", "yesterday", "tomorrow", a weekday within six days, else "3 November", with another year."""
    shown, now = in_london(moment), in_london(today)
    away = (shown - now).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if away in near:
        return near[away]
    return _DAYS[shown.weekday()] if abs(away) <= 6 else _date(shown, now)


def when(moment: datetime, now: datetime) -> str:
    """A moment: "today, 5pm", "yesterday, 9:02am", "Tuesday 4:10pm" within six days, else only its date."""
    shown, today = in_london(moment), in_london(now)
    away = abs((shown - today).days)
    if away <= 1:
        return f"{day(shown, today)}, {clock(moment)}"
    return f"{_DAYS[shown.weekday()]} {clock(moment)}" if away <= 6 else _date(shown, today)


def to_the_minute(moment: datetime, now: datetime) -> str:
    """A moment with its time of day, however long ago: like `when` within six days, else "3 November, 4:10pm"."""
    words = when(moment, now)
    return words if abs((in_london(moment) - in_london(now)).days) <= 6 else f"{words}, {clock(moment)}"


def in_full(moment: datetime, now: datetime) -> str:
    """A deadline, in full: "Thursday 17 December, 5pm", with the year when it is another."""
    shown = in_london(moment)
    return f"{_DAYS[shown.weekday()]} {_date(shown, in_london(now))}, {clock(moment)}"
