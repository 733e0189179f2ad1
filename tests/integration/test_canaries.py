"""Words that stand in one private field only never reach anybody else: not by a page, a file, a 404, a search hit,
a count or a spelling suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import pytest
from sqlalchemy import select, true

from cop.accounts.models import PasswordRow, RecoveryCodeRow, TotpRow
from cop.teams import policy
from cop.teams import queries as team_queries
from cop.threads import queries as thread_queries
from cop.threads import service as thread_service
from tests.build.stage import Stage
from tests.build.world import ACTORS, MODES, PEOPLE, canary
from tests.integration.matrix_table import ORDER, rows
from tests.integration.test_matrix import WHOLE, things

EVERYBODY = frozenset(ORDER)
OFFICERS = frozenset(
    {"officer", "member", "lead", "facilitator", "board", "librarian", "organisation_admin", "admin"}
)
ON_TEAM = frozenset({"guest", "member", "lead", "facilitator"})
MANAGERS = frozenset({"member", "lead", "facilitator"})
NOBODY: frozenset[str] = frozenset()

CARD = {"open": EVERYBODY, "network": OFFICERS | ON_TEAM, "private": ON_TEAM | {"board", "admin"}}
SPACE = {"open": EVERYBODY, "network": OFFICERS | ON_TEAM, "private": ON_TEAM}
CHARTER = ("ambition", "measure", "baseline", "scopein", "scopeout", "gapnote")
TEAMWORK = (
    "item", "finished", "handed", "handedto", "handednote", "free", "kept", "milestone", "reached", "decision",
    "decidedby", "reason",
)  # fmt: skip
RUN = frozenset({"lead", "facilitator"})
FIELDS = ("asset", "summary", "text", "file")


def readers() -> dict[str, frozenset[str]]:
    """Who may read each word, by PRODUCT.md's table."""
    found: dict[str, frozenset[str]] = {}
    for mode in MODES:
        found |= {canary(mode, what): CARD[mode] for what in ("name", "question")}
        found |= {canary(mode, what): SPACE[mode] for what in (*CHARTER, "post", "reply", "earlier")}
        found |= {canary(mode, name, "line"): SPACE[mode] for name in ON_TEAM}
        found |= {canary(mode, what): SPACE[mode] for what in TEAMWORK}
        found[canary(mode, "report")] = SPACE[mode] & RUN
        found |= {canary(mode, what): SPACE[mode] | {"admin"} for what in ("title", "branch")}
        found[canary(mode, "removed")] = NOBODY
        found |= {canary(mode, what): SPACE[mode] for what in ("outcome", "lock", "parted")}
        found |= {canary(mode, what, "oftrd"): SPACE[mode] for what in ("before", "summary")}
        found |= {canary(mode + "attached", what): SPACE[mode] for what in ("text", "file")}
        found |= {canary(mode + "taken", what): NOBODY for what in ("text", "file")}
        found |= {canary(mode, "alt"): SPACE[mode], canary(mode + "picture", "file"): SPACE[mode]}
        found[canary(mode, "unposted")] = frozenset({"member"})
        # Who decides about posts: those who run the team, and the admin where they read it like any officer.
        decide = RUN | (frozenset({"admin"}) if mode != "private" else NOBODY)
        found |= {canary(mode, "hidden", when): decide | {"member"} for when in ("once", "now")}
        found[canary(mode, "rebuke")] = SPACE[mode]
        found[canary(mode, "suspected")] = decide
        found[canary(mode, "accused")] = frozenset({"member"})
        for field in FIELDS:
            found[canary(mode + "public", field)] = EVERYBODY
            found[canary(mode + "network", field)] = OFFICERS | ON_TEAM
            found[canary(mode + "team", field)] = ON_TEAM
            found[canary(mode + "draft", field)] = ON_TEAM
            found[canary(mode + "due", field)] = OFFICERS | ON_TEAM
        found[canary(mode, "reviewed")] = OFFICERS | ON_TEAM
        # Shown to everybody later, an asset does not take along the version that was for the team; the next one is
        # for those who work on it until it is published.
        found |= {canary(mode + "first", field): ON_TEAM for field in FIELDS}
        found |= {canary(mode + "second", field): EVERYBODY for field in (*FIELDS, "note")}
        found |= {canary(mode + "next", field): ON_TEAM | {"librarian"} for field in (*FIELDS, "note")}
        for key in ("team", "draft"):
            found[canary(mode + key, "asset")] = ON_TEAM | {"admin"}
        found |= {canary(mode + "gone", field): EVERYBODY for field in ("asset", "summary")}
        found |= {canary(mode + "gone", field): MANAGERS | {"librarian"} for field in ("text", "file")}
    found |= {canary("ownsdraft", field): frozenset({"officer"}) for field in FIELDS}
    found[canary("ownsdraft", "asset")] = frozenset({"officer", "admin"})
    found |= {canary("ownsnetwork", field): OFFICERS for field in FIELDS}
    for name in ACTORS:
        of_council = name in PEOPLE and PEOPLE[name][0] == "council"
        found[canary(name, "mail")] = frozenset(
            {name, "admin"} | ({"organisation_admin"} if of_council else NOBODY)
        )
        found[canary(name, "ended")] = frozenset({name})
        # A supplier sees the profiles of team colleagues, a community group's person only their own.
        found[canary(name, "interest")] = OFFICERS | {name} | ({"guest"} if name in ON_TEAM else NOBODY)
    # Whom a team invited its lead and facilitators know by the address they wrote to.
    found[canary("officer", "mail")] |= {"lead", "facilitator"}
    for mode in MODES:
        found |= {canary(mode, what): frozenset({"lead", "facilitator"}) for what in ("invited", "asked")}
    # Whoever holds the link that was sent to an address sees which one it is about.
    found[canary("left", "mail")] = EVERYBODY
    found[canary("merged", "reason")] = frozenset({"admin"})
    found[canary("waits", "mail")] = frozenset({"admin", "organisation_admin"})
    return found


READERS = readers()


def on_postgresql(params: Mapping[str, Any]) -> bool:
    """Whether a test with these parameters is run there: search asks the same index, `make soak` asks all of it."""
    return WHOLE or params.get("query", "{}") == "{}"


def modes(stage: Stage) -> tuple[str, ...]:
    """The teams whose pages are asked for: on PostgreSQL the private one's, `make soak` asks for all."""
    return tuple(MODES) if stage.db.is_sqlite or WHOLE else ("private",)


def addresses(stage: Stage) -> list[str]:
    """Every address of the matrix that can be fetched, for the things of these teams, and every profile."""
    found = {
        row.address.format(**things(stage, mode))
        for row in rows()
        # What the secret of somebody else's calendar opens is theirs; `everything` asks with one's own.
        if row.method == "GET" and "{calendar}" not in row.address
        for mode in modes(stage)
    }
    found |= {f"/people/{actor.person_id}" for actor in stage.world.actors.values() if actor.person_id}
    found |= {"/people?q=given", "/people?q=testshire.example", "/teams?after=x", "/library?kind=guide"}
    found |= {f"/threads/{place.thread}/posts?since=0" for place in stage.world.places.values()}
    found |= {"/organisations?name=testshire"}
    for place in stage.world.places.values():
        found |= {f"/threads/{place.thread}/calling?q={word}" for word in ("", "given", "testshire")}
        found |= {
            f"/threads/{place.thread}/calling?what=things&q={word}" for word in ("thread", "asset", "canary")
        }
        found |= {f"/teams/{place.team}/threads/related?q={word}" for word in ("thread", "asset")}
    return sorted(found)


def fetch(stage: Stage, name: str, path: str) -> str:
    """Status line, headers and body as one text, whatever the status."""
    visitor = stage.visitor(name)
    with visitor._client.get(path, **visitor._options) as response:
        return f"{response.status}\n{response.headers}\n{response.get_data().decode('utf-8', 'replace')}"


Pages = Mapping[str, str]


def everything(stage: Stage, name: str) -> Pages:
    """All that somebody is shown, by address."""
    own = stage.world.calendars.get(name, "nobodys")
    calendars = [f"/calendar/{own}/team-{place.team}.ics" for place in stage.world.places.values()]
    return {path: fetch(stage, name, path) for path in [*addresses(stage), *calendars]}


@pytest.fixture(scope="module")
def shown(stage: Stage) -> Callable[[str], Pages]:
    """What each of them is shown, fetched once."""
    return cache(partial(everything, stage))


def leaks(stage: Stage, name: str, pages: Pages) -> list[str]:
    """Each forbidden word with the page that shows it."""
    forbidden = {word for word, allowed in READERS.items() if name not in allowed}
    with stage.db.transaction(write=False) as tx:
        for secret in (PasswordRow.hashed, TotpRow.seed, RecoveryCodeRow.code_hash):
            forbidden |= set(tx.session.scalars(select(secret)))
    forbidden |= set(stage.world.secrets)
    return [f"{path} shows {word}" for path, text in pages.items() for word in forbidden if word in text]


@pytest.mark.parametrize("name", ORDER)
def test_no_page_shows_a_word_to_somebody_who_may_not_read_it(
    stage: Stage, shown: Callable[[str], Pages], name: str
) -> None:
    found = leaks(stage, name, shown(name))
    assert not found, "\n".join(found)


@pytest.fixture
def no_statement_kept() -> Iterator[None]:
    """Statements are kept by actor; one made under another policy must not be."""
    kept = [
        value
        for module in (team_queries, thread_queries, thread_service)
        for value in vars(module).values()
        if hasattr(value, "cache_clear")
    ]
    assert kept
    for statement in kept:
        statement.cache_clear()
    yield
    for statement in kept:
        statement.cache_clear()


def test_a_hole_in_the_policy_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, no_statement_kept: None
) -> None:
    monkeypatch.setattr(policy, "space_visible_to", lambda actor: true())
    found = "\n".join(leaks(stage, "anonymous", everything(stage, "anonymous")))
    missed = [word for word in ("post", "title", "measure") if canary("private", word) not in found]
    assert not missed


def test_every_word_is_seen_by_those_who_may_read_it(stage: Stage, shown: Callable[[str], Pages]) -> None:
    """Otherwise the test above could pass because nobody sees anything."""
    left_out = set(MODES) - set(modes(stage))
    if left_out:
        # Whom a team invited stands on the pages of the teams that were left out.
        left_out.add(canary("officer", "mail"))
    unseen = {
        word: allowed
        for word, allowed in READERS.items()
        if allowed and not any(name in word for name in ("anonymous", *left_out))
    }
    for name in ORDER:
        text = "\n".join(shown(name).values())
        unseen = {word: allowed - {name} if word in text else allowed for word, allowed in unseen.items()}
    assert not {word: allowed for word, allowed in unseen.items() if allowed}


INVENTED = "qxjzvwkqxj"
# What differs from one request to the next.
_VARIES = re.compile(
    r'nonce="[^"]+"|nonce-[\w-]+|name="csrf_token" value="[^"]+"|Set-Cookie:[^\n]+\n?|Content-Length:[^\n]+'
)


def searched(stage: Stage, name: str, query: str, word: str) -> str:
    """The page of results for a query, with the word taken out wherever it is echoed."""
    text = fetch(stage, name, f"/search?q={query.format(word)}")
    return _VARIES.sub("", text).replace(word, "WORD")


@pytest.mark.parametrize("name", ["anonymous", "supplier", "resident", "officer", "board", "admin"])
@pytest.mark.parametrize("query", ["{}", "{}*", "%22{}%22", "{}%20stands", "{}&earlier=1"])
def test_search_answers_as_if_private_words_did_not_exist(stage: Stage, name: str, query: str) -> None:
    private = [word for word, allowed in READERS.items() if name not in allowed]
    invented = searched(stage, name, query, INVENTED)
    assert "WORD" in invented
    leaks = [word for word in private if searched(stage, name, query, word) != invented]
    assert not leaks


@pytest.mark.parametrize("name", ["anonymous", "officer", "admin"])
def test_no_spelling_is_suggested_from_what_is_private(stage: Stage, name: str) -> None:
    private = [word for word, allowed in READERS.items() if name not in allowed]
    invented = searched(stage, name, "{}", INVENTED)
    # One letter too many is a misspelling of the private word alone.
    leaks = [word for word in private if searched(stage, name, "{}", f"{word}x") != invented]
    assert not leaks


def test_search_does_find_them_for_their_readers(stage: Stage) -> None:
    expected: Mapping[str, str] = {
        canary("private", "post"): f"/threads/{stage.world.places['private'].thread}",
        canary("privateteam", "text"): f"/library/{stage.world.places['private'].assets['team']}",
        canary("networknetwork", "text"): f"/library/{stage.world.places['network'].assets['network']}",
    }
    for word, href in expected.items():
        assert href in fetch(stage, "guest", f"/search?q={word}") or "/posts/" in fetch(
            stage, "guest", f"/search?q={word}"
        )
    former = f"/search?q={canary('privatefirst', 'text')}&earlier=1"
    address = f"/library/{stage.world.places['private'].assets['versioned']}/versions/1"
    assert address in fetch(stage, "guest", former)
    assert address not in fetch(stage, "officer", former)


def masked(stage: Stage, name: str, path: str) -> str:
    """A page without what differs from one request to the next, and without its own address."""
    return _VARIES.sub("", fetch(stage, name, path)).replace(path, "ADDRESS")


PRIVATE = (
    "/teams/{team}",
    "/teams/{team}/people",
    "/teams/{team}/threads",
    "/teams/{team}/charter",
    "/teams/{team}/timeline",
    "/teams/{team}/calendar.ics",
    "/teams/{team}/items",
    "/teams/{team}/items/{item}",
    "/teams/{team}/steps",
    "/teams/{team}/report",
    "/teams/{team}/stance",
    "/threads/{thread}",
    "/threads/{thread}/posts",
    "/threads/{ended}/summary/history",
    "/posts/{post}",
    "/posts/{post}/history",
    "/posts/{removed}/history",
    "/library/{team_only}",
    "/library/{team_only}/download/1",
    "/library/{draft}",
    "/library/{draft}/edit",
    "/library/{team_only}/versions",
    "/library/{team_only}/versions/1",
)


@pytest.mark.parametrize("name", ["anonymous", "supplier", "officer"])
@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_private_and_what_never_was_get_the_same_bytes(stage: Stage, name: str, address: str) -> None:
    existing = address.format(**things(stage, "private"))
    invented = re.sub(r"\d+", "987654", existing, count=1)
    here, nowhere = masked(stage, name, existing), masked(stage, name, invented)
    assert here.startswith("404"), here[:200]
    assert here == nowhere
