"""Hours of the day where our people live: digests and quiet hours go by London's clock, not by the server's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cop.web.dates import LONDON

MONDAY, SATURDAY = 0, 5


def local(moment: datetime) -> datetime:
    """A moment by London's clock."""
    return moment.astimezone(LONDON)


def digests_of(moment: datetime) -> tuple[str, ...]:
    """Which rhythms have a digest on this day: every day, Mondays to Fridays, Mondays."""
    weekday = local(moment).weekday()
    return tuple(
        name
        for name, has_one in (
            ("daily", True),
            ("weekdays", weekday < SATURDAY),
            ("weekly", weekday == MONDAY),
        )
        if has_one
    )


def after_quiet(moment: datetime, *, quiet_from: int, quiet_to: int) -> datetime:
    """The first moment from this one on that is not in quiet hours; the same hour twice means there are none."""
    here = local(moment)
    wraps = quiet_from > quiet_to
    after, before = here.hour >= quiet_from, here.hour < quiet_to
    quiet = (after or before) if wraps else (after and before)
    if not quiet:
        return moment
    end = here.replace(hour=quiet_to, minute=0, second=0, microsecond=0)
    if end <= here:
        end = (here.replace(tzinfo=None) + timedelta(days=1)).replace(
            hour=quiet_to, minute=0, second=0, microsecond=0, tzinfo=LONDON
        )
    return end.astimezone(UTC)
