"""Strict reading of TOML tables: a missing, misspelt or wrongly typed field is named, never passed over.

Dates are written as offsets in days from "today" (`"-12 16:10"` is ten past four, twelve days ago), and text may hold
`{{day -12}}` (Thursday 12 November), `{{date 24}}` (17 December) or `{{month -20}}` (November), so that the
demonstration reads as if written this week whenever it is loaded. Times of day are taken as UTC.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACEHOLDER = re.compile(r"\{\{(day|date|month) ([+-]?\d+)\}\}")
MOMENT = re.compile(r"^([+-]?\d+) (\d\d):(\d\d)$")


class ContentError(ValueError):
    """Something in the demonstration's content is wrong; the message says where and what to mend."""


def in_words(kind: str, when: date) -> str:
    """A date as a sentence would say it: `day` (Thursday 12 November), `date` (12 November) or `month` (November)."""
    month = MONTHS[when.month - 1]
    if kind == "month":
        return month
    if kind == "date":
        return f"{when.day} {month}"
    return f"{DAYS[when.weekday()]} {when.day} {month}"


def with_dates(text: str, today: date) -> str:
    """`text` with each `{{day n}}`, `{{date n}}` and `{{month n}}` replaced by that date n days from `today`."""

    def replace(match: re.Match[str]) -> str:
        return in_words(match[1], today + timedelta(days=int(match[2])))

    return PLACEHOLDER.sub(replace, text)


class Table:
    """One TOML table being read: remembers what was taken so that `done` can name what nobody asked for."""

    def __init__(self, values: Mapping[str, object], *, where: str, today: date) -> None:
        self._values = dict(values)
        self._where = where
        self._today = today

    def _take(self, name: str) -> object:
        if name not in self._values:
            raise ContentError(f"{self._where}: the field “{name}” is missing")
        return self._values.pop(name)

    def _wrong(self, name: str, wanted: str) -> ContentError:
        return ContentError(f"{self._where}: the field “{name}” must be {wanted}")

    def text(self, name: str) -> str:
        """A non-empty string, trimmed, its date placeholders filled in."""
        value = self._take(name)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(name, "text that is not empty")
        return with_dates(value.strip(), self._today)

    def optional_text(self, name: str) -> str | None:
        """The same, or None where the field is absent."""
        return self.text(name) if name in self._values else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of non-empty strings, possibly empty itself."""
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self._wrong(name, "a list of texts")
        return tuple(with_dates(item.strip(), self._today) for item in value)

    def optional_texts(self, name: str) -> tuple[str, ...] | None:
        """The same, or None where the field is absent."""
        return self.texts(name) if name in self._values else None

    def flag(self, name: str) -> bool:
        """Yes or no, and no where the field is absent."""
        value = self._values.pop(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """A text that is one of `allowed`."""
        value = self.text(name)
        if value not in allowed:
            raise self._wrong(name, "one of " + ", ".join(allowed))
        return value

    def day(self, name: str) -> date:
        """A whole number of days from today, as the date it means."""
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, "a whole number of days from today")
        return self._today + timedelta(days=value)

    def optional_day(self, name: str) -> date | None:
        """The same, or None where the field is absent."""
        return self.day(name) if name in self._values else None

    def moment(self, name: str) -> datetime:
        """Days from today and a time (`"-12 16:10"`), as an aware UTC datetime."""
        match = MOMENT.match(self.text(name))
        if match is None:
            raise self._wrong(name, "days from today and a time, such as “-12 16:10”")
        at = time(int(match[2]), int(match[3]), tzinfo=UTC)
        return datetime.combine(self._today + timedelta(days=int(match[1])), at)

    def optional_moment(self, name: str) -> datetime | None:
        """The same, or None where the field is absent."""
        return self.moment(name) if name in self._values else None

    def tables(self, name: str) -> list["Table"]:
        """A list of tables, empty where the field is absent."""
        value = self._values.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "a list of tables")
        return [
            Table(item, where=f"{self._where}, {name} {number}", today=self._today)
            for number, item in enumerate(value, start=1)
        ]

    def table(self, name: str) -> "Table | None":
        """One table, or None where the field is absent."""
        value = self._values.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        return Table(value, where=f"{self._where}, {name}", today=self._today)

    def done(self) -> None:
        """Every field has been taken, or the leftover ones are named: a typing slip must not be ignored."""
        if self._values:
            raise ContentError(f"{self._where}: nobody reads the field “{'”, “'.join(sorted(self._values))}”")
