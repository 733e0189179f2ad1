"""Load the register of English authorities and refuse a register that contradicts itself."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from cop.kernel.errors import Invalid

FOLDER = Path(__file__).resolve().parent
REGISTER_FILE = FOLDER / "english_authorities.csv"
SEPARATOR = "|"
COLUMNS = (
    "gss_code",
    "register_code",
    "name",
    "official_name",
    "kind",
    "region",
    "start_date",
    "end_date",
    "successors",
    "former_gss_codes",
    "later_gss_codes",
    "known_as",
)
REGIONS = frozenset(
    {
        "East Midlands",
        "East of England",
        "London",
        "North East",
        "North West",
        "South East",
        "South West",
        "West Midlands",
        "Yorkshire and The Humber",
    }
)
ENGLISH_GSS = re.compile(r"E\d{8}", re.ASCII)
# The City has been a corporation "time out of mind"; the oldest order in the register is of 1965.
EARLIEST = date(1965, 4, 1)
LATEST = date(2100, 1, 1)


class Kind(StrEnum):
    """What sort of authority it is; the values are the words of the data file."""

    DISTRICT = "district"
    UNITARY = "unitary"
    METROPOLITAN = "metropolitan district"
    LONDON = "London borough"
    COUNTY = "county"
    CITY_OF_LONDON = "City of London"
    COMBINED = "combined authority"
    GLA = "Greater London Authority"


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority, past or present. `end_date` is its last day; None means that no end is known."""

    gss_code: str
    register_code: str
    name: str
    official_name: str
    kind: Kind
    region: str
    start_date: date | None
    end_date: date | None
    successors: tuple[str, ...] = ()
    former_gss_codes: tuple[str, ...] = ()
    later_gss_codes: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Every GSS code of this body, its key first."""
        return (self.gss_code, *self.former_gss_codes, *self.later_gss_codes)

    def ended(self, on: date) -> bool:
        """Whether its last day lies before the day asked about."""
        return self.end_date is not None and self.end_date < on


@dataclass(frozen=True, eq=False)
class Register:
    """All authorities with their indexes, checked. Two registers are equal only when they are the same object."""

    authorities: tuple[Authority, ...]
    by_code: Mapping[str, Authority]
    by_register_code: Mapping[str, Authority]

    def current(self, on: date) -> tuple[Authority, ...]:
        """The authorities that have not ended on that day, in order of their codes."""
        return tuple(authority for authority in self.authorities if not authority.ended(on))

    def successors(self, authority: Authority, on: date) -> tuple[Authority, ...]:
        """Who stands in its place on that day, following successors that have ended themselves; never itself."""
        found: dict[str, Authority] = {}
        waiting = [self.by_code[code] for code in authority.successors]
        while waiting:
            heir = waiting.pop(0)
            if heir.ended(on):
                waiting.extend(self.by_code[code] for code in heir.successors)
            else:
                found.setdefault(heir.gss_code, heir)
        return tuple(found.values())

    def predecessors(self, authority: Authority) -> tuple[Authority, ...]:
        """Everybody whose succession leads to this authority, however many steps ago, in order of codes."""
        wanted = {authority.gss_code}
        while True:
            more = {
                item.gss_code for item in self.authorities if wanted.intersection(item.successors)
            } - wanted
            if not more:
                break
            wanted |= more
        return tuple(a for a in self.authorities if a.gss_code in wanted and a is not authority)


def today() -> date:
    """The day it is, in UTC: what the register is asked about unless somebody says otherwise."""
    return datetime.now(UTC).date()


def make_register(authorities: Iterable[Authority]) -> Register:
    """Index the authorities and check them; raises Invalid with every contradiction found, one to a line."""
    rows = tuple(sorted(authorities, key=lambda authority: authority.gss_code))
    problems = [problem for authority in rows for problem in _problems_of(authority)]
    by_code: dict[str, Authority] = {}
    by_register_code: dict[str, Authority] = {}
    for authority in rows:
        for code in authority.codes:
            if code in by_code:
                problems.append(f"{code} stands for both {by_code[code].name} and {authority.name}.")
            by_code[code] = authority
        short = authority.register_code
        if short and short in by_register_code:
            problems.append(f"{short} stands for both {by_register_code[short].name} and {authority.name}.")
        if short:
            by_register_code[short] = authority
    problems.extend(_problems_of_succession(rows, by_code))
    if problems:
        raise Invalid("\n".join(problems))
    return Register(rows, by_code, by_register_code)


def _problems_of(authority: Authority) -> list[str]:
    who = f"{authority.gss_code} ({authority.name or 'no name'})"
    problems = []
    if not all(ENGLISH_GSS.fullmatch(code) for code in authority.codes):
        problems.append(f"{who} has a code that is not E and eight digits.")
    if not authority.name or not authority.official_name:
        problems.append(f"{who} needs a name and an official name.")
    if authority.region not in REGIONS:
        problems.append(f"{who} is in “{authority.region}”, which is not one of the nine regions.")
    for day in (authority.start_date, authority.end_date):
        if day is not None and not EARLIEST <= day < LATEST:
            problems.append(f"{who} has a date of {day}, which cannot be right.")
    if authority.start_date and authority.end_date and authority.start_date >= authority.end_date:
        problems.append(f"{who} ends before it starts.")
    if bool(authority.end_date) != bool(authority.successors):
        problems.append(f"{who} needs both an end date and successors, or neither.")
    return problems


def _problems_of_succession(rows: tuple[Authority, ...], by_code: Mapping[str, Authority]) -> list[str]:
    problems = []
    for authority in rows:
        for code in authority.successors:
            heir = by_code.get(code)
            if heir is None or heir.gss_code != code:
                problems.append(f"{authority.name} is followed by {code}, which the register does not have.")
            elif heir is authority or (
                authority.end_date and heir.end_date and heir.end_date <= authority.end_date
            ):
                # A successor must outlive whom it follows; so no chain of successors can ever come back.
                problems.append(f"{authority.name} is followed by {heir.name}, which ended no later.")
    return problems


def read_register(text: str) -> Register:
    """The register from the text of its CSV file; raises Invalid naming the row that cannot be read."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise Invalid(f"The register must have the columns {', '.join(COLUMNS)}.")
    authorities = []
    for row in reader:
        try:
            authorities.append(_authority(row))
        except (ValueError, AttributeError) as error:
            raise Invalid(f"Row {reader.line_num} of the register cannot be read: {error}.") from error
    return make_register(authorities)


def _authority(row: Mapping[str, str]) -> Authority:
    return Authority(
        gss_code=row["gss_code"],
        register_code=row["register_code"],
        name=row["name"],
        official_name=row["official_name"],
        kind=Kind(row["kind"]),
        region=row["region"],
        start_date=_day(row["start_date"]),
        end_date=_day(row["end_date"]),
        successors=split_values(row["successors"]),
        former_gss_codes=split_values(row["former_gss_codes"]),
        later_gss_codes=split_values(row["later_gss_codes"]),
        known_as=split_values(row["known_as"]),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def split_values(text: str) -> tuple[str, ...]:
    """The values of a cell that holds several, without blanks."""
    return tuple(part.strip() for part in text.split(SEPARATOR) if part.strip())


def write_register(register: Register) -> str:
    """The text of the CSV file: what `read_register` reads back unchanged."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for authority in register.authorities:
        writer.writerow(_cell(getattr(authority, column)) for column in COLUMNS)
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return SEPARATOR.join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


@lru_cache(maxsize=1)
def english_register() -> Register:
    """The register that ships with the product, read once in the life of a process."""
    return read_register(REGISTER_FILE.read_text(encoding="utf-8"))
