"""Bring the register up to a newer published edition: work out what would change, then the text of the new file.

The published file is the CSV of the register of UK local authorities ("uk_local_authorities_current.csv"). What it says
wrongly is listed in corrections.csv: our value stays for as long as the published one is the one we corrected.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from cop.accounts.register.reader import (
    FOLDER,
    REGIONS,
    Authority,
    Kind,
    Register,
    make_register,
    write_register,
)
from cop.kernel.errors import Invalid

PUBLISHED_COLUMNS = (
    "local-authority-code",
    "official-name",
    "nice-name",
    "gss-code",
    "start-date",
    "end-date",
    "replaced-by",
    "nation",
    "region",
    "local-authority-type",
    "former-gss-codes",
)
PUBLISHED_KINDS = {
    "NMD": Kind.DISTRICT,
    "UA": Kind.UNITARY,
    "MD": Kind.METROPOLITAN,
    "LBO": Kind.LONDON,
    "CTY": Kind.COUNTY,
    "CC": Kind.CITY_OF_LONDON,
    "COMB": Kind.COMBINED,
    "SRA": Kind.GLA,
}
COMPARED = (
    "gss_code",
    "name",
    "official_name",
    "kind",
    "region",
    "end_date",
    "successors",
    "former_gss_codes",
)
# The published file holds the whole kingdom and weighs 165 kB; a thousand times that is another file.
LARGEST_FILE = 20_000_000
Corrections = Mapping[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one authority that the newer edition says differently; both as they stand in our file."""

    gss_code: str
    name: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RefreshPlan:
    """What a published edition would do to the register. Nothing is written by making a plan."""

    added: tuple[Authority, ...]
    changed: tuple[Change, ...]
    ended: tuple[Authority, ...]
    not_published: tuple[Authority, ...]
    """Authorities of ours that the edition no longer has; they are kept, because history refers to them."""
    register: Register

    @property
    def is_empty(self) -> bool:
        """Whether the register already says what the edition says."""
        return not (self.added or self.changed or self.ended)

    def text(self) -> str:
        """The new register file."""
        return write_register(self.register)


def plan_refresh(current: Register, published_file: Path) -> RefreshPlan:
    """What the published file would add, change and end.

    Raises Invalid with a sentence for a file that is not the published register, is incomplete, or would leave the
    register contradicting itself. Start dates, later codes and other names that we hold are never overwritten.
    """
    rows = _english_rows(_read_text(published_file))
    codes = {row["local-authority-code"]: row["gss-code"] for row in rows}
    corrections = read_corrections()
    ours = dict.fromkeys(current.authorities)
    added: list[Authority] = []
    changed: list[Change] = []
    ended: list[Authority] = []
    result: list[Authority] = []
    for row in rows:
        known = current.by_register_code.get(row["local-authority-code"]) or current.by_code.get(
            row["gss-code"]
        )
        published = _authority(row, codes, known, corrections)
        if known is None:
            added.append(published)
        else:
            ours.pop(known, None)
            changes = _changes(known, published)
            changed.extend(changes)
            if known.end_date is None and published.end_date is not None:
                ended.append(published)
        result.append(published)
    kept = tuple(ours)
    return RefreshPlan(
        added=tuple(added),
        changed=tuple(changed),
        ended=tuple(ended),
        not_published=kept,
        register=make_register([*result, *kept]),
    )


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Invalid(f"{path.name} is too large to be the published register.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{path.name} is not a text file in UTF-8. Use the CSV file of the register."
        ) from error


def _english_rows(text: str) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        missing = [column for column in PUBLISHED_COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise Invalid(f"This is not the published register: it has no column {', '.join(missing)}.")
        rows = [
            {column: " ".join((row[column] or "").split()) for column in PUBLISHED_COLUMNS}
            for row in reader
            if row["nation"] == "England"
        ]
    except csv.Error as error:
        raise Invalid(f"Line {reader.line_num} cannot be read as CSV: {error}.") from error
    if not rows:
        raise Invalid("The file has no authority in England.")
    for column in ("local-authority-code", "gss-code"):
        seen: set[str] = set()
        for row in rows:
            if not row[column]:
                raise Invalid(f"{row['official-name'] or 'An authority without a name'} has no {column}.")
            if row[column] in seen:
                raise Invalid(f"The {column} {row[column]} is in the file twice.")
            seen.add(row[column])
    return rows


def read_corrections() -> Corrections:
    """(GSS code, field) → (the published value we correct, ours)."""
    with (FOLDER / "corrections.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["gss_code"], row["field"]): (row["published"], row["ours"]) for row in csv.DictReader(file)
        }


def _authority(
    row: Mapping[str, str], codes: Mapping[str, str], known: Authority | None, corrections: Corrections
) -> Authority:
    """The published row as one of ours; what only we know about the authority is carried over."""
    who = row["official-name"]
    kind = PUBLISHED_KINDS.get(row["local-authority-type"])
    if kind is None:
        raise Invalid(
            f"{who} is of the kind “{row['local-authority-type']}”, which the register does not know."
        )
    heirs = [part.strip() for part in row["replaced-by"].split(",") if part.strip()]
    unknown = [heir for heir in heirs if heir not in codes]
    if unknown:
        raise Invalid(f"{who} is replaced by {', '.join(unknown)}, which is not in the file.")

    def text(field: str, published: str) -> str:
        wrong, right = corrections.get((row["gss-code"], field), (None, ""))
        return right if published == wrong else published

    region = text("region", row["region"]) or (known.region if known else "")
    if region not in REGIONS:
        raise Invalid(f"{who} has no English region. Add one to the published file, then try again.")
    former = tuple(part.strip() for part in row["former-gss-codes"].split(",") if part.strip())
    fresh = Authority(
        gss_code=row["gss-code"],
        register_code=row["local-authority-code"],
        name=text("name", row["nice-name"]) or who,
        official_name=text("official_name", who),
        kind=kind,
        region=region,
        start_date=_day(row["start-date"], who),
        end_date=_last_day(_day(row["end-date"], who)),
        successors=tuple(codes[heir] for heir in heirs),
        former_gss_codes=former,
    )
    return _with_what_we_know(fresh, known) if known else fresh


def _with_what_we_know(fresh: Authority, known: Authority) -> Authority:
    former = (
        *known.former_gss_codes,
        *(code for code in fresh.former_gss_codes if code not in known.former_gss_codes),
    )
    if known.gss_code != fresh.gss_code and known.gss_code not in former:
        former = (*former, known.gss_code)
    return replace(
        fresh,
        start_date=known.start_date,
        former_gss_codes=tuple(code for code in former if code != fresh.gss_code),
        later_gss_codes=tuple(
            code for code in known.later_gss_codes if code not in (fresh.gss_code, *former)
        ),
        known_as=known.known_as,
    )


def _changes(known: Authority, published: Authority) -> list[Change]:
    def cell(authority: Authority, field: str) -> str:
        value = getattr(authority, field)
        return "|".join(value) if isinstance(value, tuple) else str(value or "")

    return [
        Change(published.gss_code, published.name, field, cell(known, field), cell(published, field))
        for field in COMPARED
        if cell(known, field) != cell(published, field)
    ]


def _day(text: str, who: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Invalid(f"{who} has the date “{text}”. Dates are written as 2023-04-01.") from error


def _last_day(end: date | None) -> date | None:
    """The published file writes the last day for some and the day after, 1 April, for others: we keep the last day."""
    if end is not None and (end.month, end.day) == (4, 1):
        return end - timedelta(days=1)
    return end
