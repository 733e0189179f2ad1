"""From what somebody typed to whom and what they mean: "@Amira Khan" becomes a mention when the text is saved.

A name that several people go by is asked back, one that nobody goes by stays as typed. Nobody is offered, found or
told who cannot read the thread. This is how mentions work without JavaScript; with it people are chosen while typing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from cop.accounts import calling, sessions
from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Tx
from cop.teams import queries as teams
from cop.threads import queries
from cop.threads.references import REFERENCES

NOBODY = 0
OFFERED = 8
_WORD = r"[^\W\d_][\w’'.-]{0,40}"
_TYPED = re.compile(rf"(?<![\w@\[/.\\])@({_WORD}(?: {_WORD}){{0,3}})")
_CHOSEN = re.compile(r"@\[([^\[\]\n]{1,150})\]\(person:(\d{1,15})\)")
_POINTED = re.compile(r"\[([^\[\]\n]{1,200})\]\((asset|thread|post):(\d{1,15})\)")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_GENERIC = {"asset": "a document", "thread": "a thread", "post": "a post"}


@dataclass(frozen=True, slots=True)
class Where:
    """Where a text will stand: a team, and the thread unless that is only being started."""

    team_id: int
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Addressed:
    """A text whose names were looked up. `asked` is a name that several people go by, `options` those people.

    `deaf` are the names of people who cannot read the thread, so that they will not be told.
    """

    source: str
    asked: str | None
    options: tuple[PersonLine, ...]
    deaf: tuple[str, ...]


def reads(tx: Tx, *, person_id: int, where: Where) -> bool:
    """Whether somebody may read what stands there, by the same rule that lets them open it."""
    actor = sessions.actor_of(tx, person_id)
    if not actor.signed_in:
        return False
    if where.thread_id is not None:
        return queries.may_read(actor, tx=tx, thread_id=where.thread_id)
    return teams.may_read(actor, tx=tx, team_id=where.team_id)


def resolve(
    actor: Actor, *, tx: Tx, where: Where, source: str, chosen: Mapping[str, int], left: Collection[str] = ()
) -> Addressed:
    """Look up every name after an @. `chosen` answers a name that was asked back, by id; `left` ones stay as typed."""
    lines = source.split("\n")
    prose = list(_prose(lines))
    known = calling.called(actor, tx=tx, names=_possible(lines, prose))
    known |= {
        key: value for key, value in _first_names(actor, tx, where, lines, prose).items() if key not in known
    }
    hears = _Hearing(tx, where)
    asked: list[tuple[str, tuple[PersonLine, ...]]] = []
    deaf: dict[str, None] = {}

    def address(m: re.Match[str]) -> str:
        words = m[1].split(" ")
        for size in range(len(words), 0, -1):
            name = " ".join(words[:size]).rstrip(".’'-")
            people = known.get(name.lower())
            if name.lower() in left:
                return m[0]
            if not people:
                continue
            who = [line for line in people if hears(line.id)]
            answer = chosen.get(name.lower())
            if answer is not None and len(who) > 1:
                who = [line for line in who if line.id == answer]
                if not who:
                    return m[0]
            if len(who) == 1:
                return f"{mention(who[0])}{m[0][1 + len(name) :]}"
            if who:
                asked.append((name, tuple(who)))
            else:
                deaf[people[0].name] = None
            return m[0]
        return m[0]

    for at in prose:
        lines[at] = _TYPED.sub(address, lines[at])
    named = "\n".join(_titled(tx, line) for line in lines)
    deaf |= _not_hearing(actor, tx, hears, named)
    first = asked[0] if asked else (None, ())
    return Addressed(named, first[0], first[1], tuple(deaf))


class _Hearing:
    """Asks once for each person whether they can read it."""

    def __init__(self, tx: Tx, where: Where) -> None:
        self._tx, self._where = tx, where
        self._known: dict[int, bool] = {}

    def __call__(self, person_id: int) -> bool:
        if person_id not in self._known:
            self._known[person_id] = reads(self._tx, person_id=person_id, where=self._where)
        return self._known[person_id]


def _prose(lines: list[str]) -> Iterator[int]:
    """Lines in which a name calls somebody: not code, and not what others said."""
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        elif (
            not fence
            and "`" not in line
            and not line.lstrip().startswith(">")
            and not line.startswith("    ")
        ):
            yield at


def _typed(lines: list[str], prose: list[int]) -> Iterator[list[str]]:
    for at in prose:
        for m in _TYPED.finditer(lines[at]):
            yield m[1].split(" ")


def _possible(lines: list[str], prose: list[int]) -> set[str]:
    return {
        " ".join(words[:size]).rstrip(".’'-").lower()
        for words in _typed(lines, prose)
        for size in range(2, len(words) + 1)
    }


def _first_names(
    actor: Actor, tx: Tx, where: Where, lines: list[str], prose: list[int]
) -> dict[str, list[PersonLine]]:
    """People of the team by their first names: "@Amira" is enough among colleagues."""
    firsts = {words[0].rstrip(".’'-").lower() for words in _typed(lines, prose)}
    found: dict[str, list[PersonLine]] = {}
    if firsts:
        for member in teams.members(actor, tx=tx, team_id=where.team_id):
            first = member.person.name.split(" ")[0].lower()
            if first in firsts:
                found.setdefault(first, []).append(member.person)
    return found


def mention(line: PersonLine) -> str:
    """Somebody as they stand in a text."""
    return f"@[{without_brackets(line.name)}](person:{line.id})"


def without_brackets(words: str) -> str:
    """Words as they can stand between square brackets."""
    return re.sub(r"[][\n]", "", words)[:150]


def _titled(tx: Tx, line: str) -> str:
    """What a line points to, by its title if everybody may read that, else without: others read what one typed."""

    def title(m: re.Match[str]) -> str:
        kind, number = m[2], int(m[3])
        provider = REFERENCES.get(kind)
        titles = provider.titles(ANONYMOUS, tx, [number]) if provider else {}
        words = without_brackets(titles.get(number, _GENERIC[kind]))
        return f"[{words}]({kind}:{number})"

    return line if "](" not in line else _POINTED.sub(title, line)


def _not_hearing(actor: Actor, tx: Tx, hears: Callable[[int], bool], source: str) -> dict[str, None]:
    """People the text calls by number who cannot read it, by the names that were typed.

    Of whom the writer may not see this says nothing else: else numbers could be sorted by what their people may read.
    """
    called = {int(m[2]): m[1] for m in _CHOSEN.finditer(source)}
    seen = accounts.seen_lines(actor, tx=tx, person_ids=called)
    return {name: None for number, name in called.items() if number not in seen or not hears(number)}


def complete(actor: Actor, *, tx: Tx, where: Where, text: str) -> list[PersonLine]:
    """People whom the writer may see and who can read it, by the beginning of what was typed; the team's own first."""
    words = text.lower().split()[:4]
    own = [member.person for member in teams.members(actor, tx=tx, team_id=where.team_id)]
    others = accounts.find_people(actor, tx=tx, text=text) if words else []
    hears = _Hearing(tx, where)
    found: dict[int, PersonLine] = {}
    for line in (*own, *others):
        said = f"{line.name} {line.organisation_name} {line.function_words}".lower()
        fits = all(word in said for word in words) and line.id not in found and line.id != actor.person_id
        if fits and hears(line.id):
            found[line.id] = line
        if len(found) == OFFERED:
            break
    return list(found.values())
