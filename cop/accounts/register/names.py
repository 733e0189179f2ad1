"""Which authority a name or a code means: certain, replaced by others, a choice, or unknown; never a silent guess."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from cop.accounts.register.reader import FOLDER, Authority, Kind, Register, split_values, today
from cop.accounts.register.spelling import DIRECTIONS, Name, take_apart

LONGEST_NAME = 200
MOST_CANDIDATES = 12
MOST_SUGGESTIONS = 5
SUGGESTION_SCORE = 75
# A misspelling is believed from this length on, by this many letters, and only when every other name, of any
# nation, is at least MARGIN letters further away. Short names have neighbours that are real places
# (Tadworth is not Tamworth, Stamford is not Stafford), so they are never corrected without asking.
BELIEVED = ((13, 2), (9, 1))
MARGIN = 3
ANY_GSS = re.compile(r"[EWSN]\d{8}", re.ASCII)
REGISTER_CODE = re.compile(r"[A-Z]{2,4}", re.ASCII)
NOT_ENGLISH = "This is not an English authority."
NO_SUCH_CODE = "No English authority has this code."
NOT_FOUND = "No English authority of this name was found."
NOTHING_TYPED = "Enter the name of an authority or its GSS code."
TOO_LONG = f"Enter a name of {LONGEST_NAME} characters or fewer."

BASE_STATUSES: dict[Kind, frozenset[str]] = {
    Kind.DISTRICT: frozenset({"district", "borough"}),
    Kind.UNITARY: frozenset({"unitary", "borough"}),
    Kind.METROPOLITAN: frozenset({"metropolitan", "district", "borough"}),
    Kind.LONDON: frozenset({"london", "borough"}),
    Kind.COUNTY: frozenset({"county"}),
    Kind.CITY_OF_LONDON: frozenset({"city", "corporation"}),
    Kind.COMBINED: frozenset({"combined"}),
    Kind.GLA: frozenset(),
}


class MatchedBy(StrEnum):
    """What made the answer certain; shown to the person who checks an import."""

    GSS_CODE = "GSS code"
    OTHER_GSS_CODE = "another GSS code of the same body"
    REGISTER_CODE = "register code"
    NAME = "name"
    PLACE_AND_KIND = "place and kind of council"
    CLOSE_SPELLING = "close spelling"


@dataclass(frozen=True, slots=True)
class Certain:
    """Exactly this authority, which exists on the day asked about."""

    authority: Authority
    matched_by: MatchedBy


@dataclass(frozen=True, slots=True)
class Successors:
    """Exactly this authority, which has ended; people choose among those who stand in its place now."""

    predecessor: Authority
    successors: tuple[Authority, ...]
    matched_by: MatchedBy


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these, and only the person can say which; a single candidate is a question, not an answer."""

    candidates: tuple[Authority, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """None that we can stand by: the reason as a sentence, and names that look alike."""

    reason: str
    suggestions: tuple[Authority, ...] = ()


Resolution = Certain | Successors | Choice | Unknown


@dataclass(frozen=True, eq=False)
class NameIndex:
    """Every spelling of every authority, taken apart once."""

    exact: dict[str, tuple[Authority, ...]]
    plain: dict[str, tuple[Authority, ...]]
    core: dict[str, tuple[Authority, ...]]
    shared: dict[str, tuple[Authority, ...]]
    foreign: frozenset[str]
    names: tuple[tuple[Name, Authority], ...]
    statuses: dict[str, frozenset[str]]
    close: dict[str, tuple[tuple[Name, Authority], ...]]
    titles: dict[str, Authority]


@lru_cache(maxsize=4)
def index_of(register: Register) -> NameIndex:
    """The index of a register, built once and kept; a register is recognised by identity."""
    exact: dict[str, list[Authority]] = defaultdict(list)
    plain: dict[str, list[Authority]] = defaultdict(list)
    core: dict[str, list[Authority]] = defaultdict(list)
    close: dict[str, list[tuple[Name, Authority]]] = defaultdict(list)
    names: list[tuple[Name, Authority]] = []
    for authority in register.authorities:
        place = take_apart(authority.name)
        names.append((place, authority))
        for spelling in (authority.name, authority.official_name, *authority.known_as):
            name = take_apart(spelling)
            keyed = [(exact, name.exact), (plain, name.plain)]
            # "Newcastle City Council" is certain, yet "Newcastle" alone is not the name of its place: the kind
            # may only be left away or changed where what remains is.
            if name.core == place.core or not name.hints:
                keyed.append((core, name.core))
                close[name.core].append((name, authority))
            for keys, key in keyed:
                if authority not in keys[key]:
                    keys[key].append(authority)
    return NameIndex(
        exact={key: tuple(found) for key, found in exact.items()},
        plain={key: tuple(found) for key, found in plain.items()},
        core={key: tuple(found) for key, found in core.items()},
        shared=_shared_names(register),
        foreign=_foreign_names(),
        names=tuple(names),
        statuses={authority.gss_code: _statuses(authority) for authority in register.authorities},
        close={key: tuple(found) for key, found in close.items()},
        titles={authority.official_name: authority for authority in register.authorities},
    )


def _shared_names(register: Register) -> dict[str, tuple[Authority, ...]]:
    with (FOLDER / "shared_names.csv").open(encoding="utf-8", newline="") as file:
        return {
            take_apart(row["spelling"]).core: tuple(
                register.by_code[code] for code in split_values(row["gss_codes"]) if code in register.by_code
            )
            for row in csv.DictReader(file)
        }


def _foreign_names() -> frozenset[str]:
    with (FOLDER / "other_nations.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(take_apart(row["name"]).core for row in csv.DictReader(file))


def _statuses(authority: Authority) -> frozenset[str]:
    if authority.kind is Kind.CITY_OF_LONDON:
        # Its full style has "county" in it; the London County Council was somebody else.
        return BASE_STATUSES[authority.kind] | {"city or county"}
    words: set[str] = set(BASE_STATUSES[authority.kind])
    for spelling in (authority.official_name, *authority.known_as):
        words |= take_apart(spelling).hints
    if "county" in words:
        # A county council was never a borough, though its unitary colleagues often are.
        words.discard("borough")
    if words & {"city", "county"}:
        words.add("city or county")
    return frozenset(words)


def resolve(text: str, authorities: Register, *, on: date | None = None) -> Resolution:
    """What a typed name or code means on a day (today, in UTC, when none is given).

    A code in use now or earlier is certain. A name is certain when, case, accents, punctuation and the words for
    kinds of councils apart, it is the name of one authority only; a close spelling is certain only when it is long
    and far from every other name. Authorities that have ended lead to those who stand in their place.
    """
    day = on or today()
    typed = text.strip()
    if not typed:
        return Unknown(NOTHING_TYPED)
    if len(typed) > LONGEST_NAME:
        return Unknown(TOO_LONG)
    by_code = _by_gss_code(typed, authorities, day)
    if by_code is not None:
        return by_code
    index = index_of(authorities)
    name = take_apart(typed)
    answer = _by_name(name, index, authorities, day)
    if answer is not None:
        return answer
    if REGISTER_CODE.fullmatch(typed) and typed in authorities.by_register_code:
        return _found(authorities.by_register_code[typed], MatchedBy.REGISTER_CODE, authorities, day)
    if name.core in index.foreign:
        return Unknown(NOT_ENGLISH)
    part = _by_part(name, index, day)
    return part if part is not None else _by_close_spelling(typed, name, index, authorities, day)


def _found(authority: Authority, matched_by: MatchedBy, register: Register, day: date) -> Resolution:
    if authority.ended(day):
        return Successors(authority, register.successors(authority, day), matched_by)
    return Certain(authority, matched_by)


def _by_gss_code(typed: str, register: Register, day: date) -> Resolution | None:
    code = typed.upper().replace(" ", "")
    if not ANY_GSS.fullmatch(code):
        return None
    authority = register.by_code.get(code)
    if authority is None:
        return Unknown(NO_SUCH_CODE if code.startswith("E") else NOT_ENGLISH)
    matched_by = MatchedBy.GSS_CODE if authority.gss_code == code else MatchedBy.OTHER_GSS_CODE
    return _found(authority, matched_by, register, day)


def _by_name(name: Name, index: NameIndex, register: Register, day: date) -> Resolution | None:
    """The ways in which a name can be right as it stands, the most literal first."""
    if not name.core:
        return None
    # "Somerset" is a question, "Somerset Council" is not.
    bare = name.exact == name.core
    if not (bare and name.core in index.shared) and len(found := index.exact.get(name.exact, ())) == 1:
        return _found(found[0], MatchedBy.NAME, register, day)
    if name.core in index.shared and (not name.hints or name.core not in index.core):
        shared = index.shared[name.core]
        return Choice(tuple(a for a in shared if _fits(a, name.hints, index)) or shared)
    found = index.plain.get(name.plain, ())
    if len(found) == 1:
        return _found(found[0], MatchedBy.NAME, register, day)
    if found:
        return _choice(found, day)
    found = index.core.get(name.core, ())
    fitting = [authority for authority in found if _fits(authority, name.hints, index)]
    if len(fitting) == 1:
        return _found(fitting[0], MatchedBy.PLACE_AND_KIND, register, day)
    if fitting:
        return _choice(fitting, day)
    if found:
        # The place is right and the kind is wrong ("Leicester County Council"): its namesakes may be meant too.
        return _choice([*found, *_namesakes(name.core, index)], day)
    return None


def _fits(authority: Authority, hints: frozenset[str], index: NameIndex) -> bool:
    return hints <= index.statuses[authority.gss_code]


def _namesakes(core: str, index: NameIndex) -> list[Authority]:
    """Those whose name holds this one ("Leicester" in "Leicestershire"), or none when they are too many to offer."""
    stem = core.removesuffix("shire")
    found = {a.gss_code: a for name, a in index.names if len(stem) >= 4 and stem in name.core}
    return list(found.values()) if len(found) <= MOST_CANDIDATES else []


def _choice(found: Iterable[Authority], day: date) -> Choice:
    unique = {authority.gss_code: authority for authority in found}
    return Choice(
        tuple(sorted(unique.values(), key=lambda authority: (authority.ended(day), authority.name)))
    )


def _by_part(name: Name, index: NameIndex, day: date) -> Choice | None:
    """Authorities whose name has these words in a row ("Newcastle", "Windsor"): always a question, never an answer."""
    if len(name.core) < 4 or all(word in DIRECTIONS for word in name.words):
        return None
    size = len(name.words)
    found = {
        authority.gss_code: authority
        for other, authority in index.names
        if any(other.words[start : start + size] == name.words for start in range(len(other.words)))
    }
    fitting = [authority for authority in found.values() if _fits(authority, name.hints, index)]
    candidates = fitting or list(found.values())
    return _choice(candidates, day) if 0 < len(candidates) <= MOST_CANDIDATES else None


def _by_close_spelling(typed: str, name: Name, index: NameIndex, register: Register, day: date) -> Resolution:
    """The one name that is a letter or two away, if all others are far; otherwise look-alikes to suggest."""
    if not name.core:
        return Unknown(NOT_FOUND)
    near_foreign = process.extractOne(name.core, index.foreign, scorer=OSA.distance, score_cutoff=2 + MARGIN)
    near = process.extract(
        name.core, index.close.keys(), scorer=OSA.distance, score_cutoff=2 + MARGIN, limit=None
    )
    nearest = min((distance for _, distance, _ in near), default=2 + MARGIN)
    foreign = near_foreign[1] if near_foreign else nearest + MARGIN
    allowed = next((letters for length, letters in BELIEVED if len(name.core) >= length), 0)
    if foreign <= min(nearest, 2) and len(name.core) > 4:
        return Unknown(NOT_ENGLISH)
    rivals = {
        authority.gss_code
        for key, distance, _ in near
        if distance < nearest + MARGIN
        for _, authority in index.close[key]
    }
    if nearest <= allowed and foreign >= nearest + MARGIN and len(rivals) == 1:
        key = min(near, key=_distance)[0]
        other, authority = index.close[key][0]
        same_start = key[0] == name.core[0] and other.directions == name.directions
        if same_start and _fits(authority, name.hints, index):
            return _found(authority, MatchedBy.CLOSE_SPELLING, register, day)
    return Unknown(NOT_FOUND, _suggestions(typed, near, index))


def _distance(hit: tuple[str, float, int]) -> float:
    return hit[1]


def _suggestions(
    typed: str, near: Sequence[tuple[str, float, int]], index: NameIndex
) -> tuple[Authority, ...]:
    """Up to five authorities that look alike: by the letters of the place first, then by the whole title."""
    found: dict[str, Authority] = {}
    for key, distance, _ in sorted(near, key=_distance):
        if distance <= max(1, len(key) // 4):
            found.update((authority.gss_code, authority) for _, authority in index.close[key])
    alike = process.extract(
        typed,
        index.titles.keys(),
        scorer=fuzz.token_sort_ratio,
        score_cutoff=SUGGESTION_SCORE,
        limit=MOST_SUGGESTIONS,
    )
    for title, _, _ in alike:
        found.setdefault(index.titles[title].gss_code, index.titles[title])
    return tuple(found.values())[:MOST_SUGGESTIONS]
