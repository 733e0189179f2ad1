"""A date asked for as day, month and year: the form field, which keeps exactly what was typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import Field
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

PARTS = ("day", "month", "year")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july",
    "august", "september", "october", "november", "december",
)  # fmt: skip


class DateParts(Field):  # type: ignore[misc]
    """Three inputs, `<name>-day`, `-month` and `-year`, read as one date.

    `data` is a date or None. `typed` is what the person typed in each part and `wrong` the parts to put right.
    `what` names the date within a sentence ("the end date"); it is the label in lower case unless given. Months may
    be typed as words. The messages follow the Design System's for date input.
    """

    data: date | None

    def __init__(self, label: str, *, required: bool = True, what: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.required = required
        self.what = (what or label[:1].lower() + label[1:]).removeprefix("the ")
        self.typed: dict[str, str] = dict.fromkeys(PARTS, "")
        self.wrong: tuple[str, ...] = ()
        self._problem: str | None = None

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Read the parts from the form where there is one; otherwise show the date the field was given."""
        super().process(None, data, extra_filters)
        self.wrong, self._problem = (), None
        if formdata is None or not formdata:
            self.typed = self._parts_of(self.data)
            return
        self.typed = {part: str(formdata.get(f"{self.name}-{part}", "")) for part in PARTS}
        self.data = self._read()

    def pre_validate(self, form: Any) -> None:
        """Say what is wrong with the typed parts; further checks only see a real date."""
        if self._problem:
            raise StopValidation(self._problem)
        if self.data is None:
            if self.required:
                self.wrong = PARTS
                raise StopValidation(f"Enter the {self.what}")
            raise StopValidation

    @staticmethod
    def _parts_of(value: date | None) -> dict[str, str]:
        if value is None:
            return dict.fromkeys(PARTS, "")
        return {"day": str(value.day), "month": str(value.month), "year": str(value.year)}

    def _read(self) -> date | None:
        given = {part: text.strip() for part, text in self.typed.items()}
        missing = tuple(part for part in PARTS if not given[part])
        if len(missing) == len(PARTS):
            return None
        if missing:
            self.wrong = missing
            wanted = " and ".join(f"a {part}" for part in missing)
            self._problem = f"The {self.what} must include {wanted}"
            return None
        return self._real(_number(given["day"]), _month(given["month"]), _number(given["year"]))

    def _real(self, day: int | None, month: int | None, year: int | None) -> date | None:
        start = self.what[:1].upper() + self.what[1:]
        if year is not None and year < 1000:
            self.wrong = ("year",)
            self._problem = f"{start} must have a year of 4 numbers, such as 2027"
            return None
        numbers = {"day": day, "month": month, "year": year}
        bad = tuple(part for part in PARTS if numbers[part] is None)
        if month is not None and not 1 <= month <= 12:
            bad = (*bad, "month")
        try:
            return date(year or 0, month or 0, day or 0)
        except ValueError:
            self.wrong = bad or PARTS
            self._problem = f"{start} must be a real date"
            return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _month(text: str) -> int | None:
    word = text.lower().rstrip(".")
    for names in (_LONG_MONTHS, _MONTHS):
        if word in names:
            return names.index(word) + 1
    return 9 if word == "sept" else _number(text)
