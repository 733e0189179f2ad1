"""Every route × every actor × every access mode and audience behaves as the table says: the status, that a refusal
changes no row and sends nothing, and that what is done leaves an event.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from werkzeug.routing import MapAdapter

from cop.app import open_post
from cop.library.letters import stop_token as untell_token
from cop.notifications.kinds import KINDS
from cop.notifications.letters import stop_one_token, stop_token
from cop.web.area import declared_routes
from tests.build.community import PASSWORD
from tests.build.stage import Stage
from tests.build.world import ACTORS, canary
from tests.integration.mail_table import LETTERS, NOTICES, OF_NOTICES
from tests.integration.matrix_joining import TYPED
from tests.integration.matrix_reports import MODERATING
from tests.integration.matrix_table import ORDER, Row, rows
from tests.integration.matrix_writing import WRITES_NO_EVENT, written

STATUS = {"R": 200, "d": 200, ">": 303, "-": 404, "x": 403, "g": 410, "u": 422}
DONE = "Rd>"
ROWS = rows()
# A rule is the same on both databases, the SQL that says it is not: on PostgreSQL each address is asked for one of its
# teams. `make soak` asks for all of them.
WHOLE = bool(os.environ.get("COP_WHOLE_MATRIX"))
_ONE_MODE = {(row.method, row.address): row.mode for row in ROWS if row.mode != "private"}


def on_postgresql(params: Mapping[str, Any]) -> bool:
    """Whether a test with these parameters is run there."""
    row = params.get("row")
    return row is None or WHOLE or _ONE_MODE.get((row.method, row.address), row.mode) == row.mode


# Sessions are written without an event (ARCHITECTURE.md, "An event is a row").
WITHOUT_EVENT = {"/sign-in", "/sign-out", "/sign-out-everywhere", "/inbox/seen"}
# How far somebody has read is a fact of use.
WITHOUT_EVENT |= {"/teams/{team}/threads/read", "/threads/{thread}/read", "/threads/{thread}/unread"}
WITHOUT_EVENT |= WRITES_NO_EVENT


def things(stage: Stage, mode: str, name: str = "") -> dict[str, int | str]:
    """Ids for the names in braces: of this access mode's team, and of the world; some people have their own."""
    world = stage.world
    place = world.places[mode]
    officer = world.actors["officer"]
    return {
        "team": place.team,
        "thread": place.thread,
        "post": place.posts["member"],
        "removed": place.posts["removed"],
        "carrier": place.posts["lead"],
        **place.files,
        "draft_text": place.draft,
        "ended": place.ended,
        "moderated": place.moderated,
        "elsewhere": world.places["open" if mode == "private" else "private"].team,
        **{name: place.posts[name] for name in ("hidden", "quoting", "reported", "restored")},
        "answered": place.reports["answered"],
        "place": place.members["guest"],
        "public": place.assets["public"],
        "network": place.assets["network"],
        "team_only": place.assets["team"],
        "draft": place.assets["draft"],
        "withdrawn": place.assets["withdrawn"],
        "versioned": place.assets["versioned"],
        "due": place.assets["due"],
        "own_draft": world.assets["draft"],
        "own_network": world.assets["network"],
        "stranger": officer.person_id or 0,
        "has_second_step": world.actors["librarian"].person_id or 0,
        **place.work,
        "colleague": world.actors["member"].person_id or 0,
        "organisation": officer.organisation_id or 0,
        "interest": world.interests["officer"],
        "untell_token": untell_token(stage.secret, world.left),
        "calendar": world.calendars["officer"],
        "stop_one": stop_one_token(stage.secret, officer.person_id or 0, "thread", place.thread),
        "stop": stop_token(stage.secret, officer.person_id or 0),
        **world.arrivals,
        **place.joining,
        **stage.own.get((name, mode), {}),
    }


ASSET = {
    "title": "Changed",
    "summary": "Changed.",
    "kind": "guide",
    "category": "Social care",
    "regime": "procurement_act_2023",
    "licence": "OGL-UK-3.0",
    "review_date-day": "1",
    "review_date-month": "9",
    "review_date-year": "2027",
    "revision": "1",
}
VERSION = {**{key: value for key, value in ASSET.items() if key not in ("kind", "category")}, "note": "Words"}
PLACE = {"role": "member", "function": "legal", "title": "Somebody"}


ABOUT_PEOPLE: dict[str, dict[str, Any]] = {
    "/sign-in": {"email": f"{canary('officer', 'mail')}@testshire.example", "password": PASSWORD},
    "/sign-in/code": {"code": "123456"},
    "/organisations/{organisation}/people/add": {
        "email": f"{canary('facilitator', 'mail')}@testshire.example"
    },
    "/profile/second-step": {"current": PASSWORD},
    "/profile/second-step/app": {"code": "123456"},
    "/profile/second-step/codes": {"current": PASSWORD},
    "/profile/second-step/off": {"current": PASSWORD},
    "/profile/edit": {"name": "Somebody Else", "job": "Buyer", "function": "legal"},
    "/profile/interests": {"text": "Shares"},
    "/profile/notifications": {
        "digest": "weekly",
        "digest_hour": "9",
        "at_once": "yes",
        "quiet_from": "20",
        "quiet_to": "6",
    },
    "/register": {
        "email": "new@testshire.example",
        "name": "Neil New",
        "organisation": "The council of Testshire",
        "function": "legal",
    },
    "/sign-in/link": {"email": f"{canary('officer', 'mail')}@testshire.example"},
    "/organisations/{organisation}/people/domains": {"domain": "testshire.example"},
    "/admin/people/{stranger}/roles": {"roles": ["librarian"]},
    "/admin/merges/{merge}": {"reason": "The same person"},
    "/profile/password": {"current": PASSWORD, "password": "another long enough password"},
    "/admin/people/new": {
        "name": "Neil New",
        "email": "neil.new@testshire.example",
        "organisation": "The supplier of Testshire",
        "function": "legal",
    },
    "/admin/organisations/new": {"name": "Another Supplier", "kind": "supplier"},
}


def _day(name: str, year: str = "2027") -> dict[str, str]:
    return {f"{name}-day": "1", f"{name}-month": "9", f"{name}-year": year}


TEAMWORK: dict[str, dict[str, Any]] = {
    "/teams/{team}/timeline/new": {"title": "Tested", **_day("due")},
    "/teams/{team}/timeline/{milestone}": {"title": "Tested", **_day("due")},
    "/teams/{team}/items/new": {"title": "Ask", "owner": ""},
    "/teams/{team}/items/{item}": {"title": "Ask", "owner": ""},
    "/teams/{team}/items/{item}/hand-over": {"to": "Maria Lopez, YPO", "note": "Agreed"},
    "/teams/{team}/decisions/new": {"text": "Yes", "decided_by": "We", **_day("decided_on", "2026")},
    "/teams/{team}/decisions/{decision}": {
        "text": "No",
        "decided_by": "We",
        **_day("decided_on", "2026"),
    },
    "/teams/{team}/report": {"body": "Another report", "base_version": "1"},
    "/teams/{team}/stance": {"stance": "unhappy"},
}


PUBLISHING = {
    "/library/{draft}/publish": ("draft", None),
    "/library/{own_draft}/publish": ("own_draft", None),
    "/library/{versioned}/versions/3/publish": ("versioned", 3),
}


def _publishing(stage: Stage, row: Row) -> dict[str, Any]:
    """The file that whoever publishes has looked at."""
    name, number = PUBLISHING[row.address]
    return {"file_id": str(stage.file_of(int(things(stage, row.mode)[name]), number=number))}


def _about_assets(stage: Stage) -> dict[str, dict[str, Any]]:
    """What is typed into the forms of the library."""
    member = stage.world.actors["member"].person_id
    upload = (io.BytesIO(b"Some words."), "words.txt")
    return {
        "/library/new": {**ASSET, "audience": "public", "owner": "", "file": upload, "key": ""},
        "/teams/{team}/library/new": {**ASSET, "audience": "team", "owner": "", "file": upload, "key": ""},
        "/library/{public}/edit": {**ASSET, "audience": "public", "owner": str(member)},
        "/library/{network}/edit": {**ASSET, "audience": "network", "owner": str(member)},
        "/library/{team_only}/edit": {**ASSET, "audience": "team", "owner": str(member)},
        "/library/{draft}/edit": {**ASSET, "audience": "public", "owner": str(member)},
        "/library/{own_draft}/edit": {**ASSET, "audience": "public", "owner": ""},
        "/library/{draft}/file": {"file": upload},
        "/library/{own_draft}/file": {"file": upload},
        "/library/{public}/tell": {"email": "reader@testshire.example"},
        "/library/{network}/tell": {"email": "reader@testshire.example"},
        "/library/{team_only}/tell": {"email": "reader@testshire.example"},
        "/library/{public}/versions/new": {**VERSION, "file": upload},
        "/library/{network}/versions/new": {**VERSION, "file": upload},
        "/library/{team_only}/versions/new": {**VERSION, "file": upload},
        "/library/{versioned}/versions/3/edit": VERSION,
        "/library/{versioned}/versions/3/file": {"file": upload},
        "/library/{versioned}/versions/1/withdraw": {"reason": "Old"},
        **{
            f"/library/{{{key}}}/review": {
                "version": "1",
                "note": "Still right.",
                **_day("review_date", "2028"),
            }
            for key in ("due", "public", "team_only", "own_network")
        },
        "/library/{public}/withdraw": {"reason": "Old"},
        "/library/{network}/withdraw": {"reason": "Old"},
        "/library/{team_only}/withdraw": {"reason": "Old"},
    }


def typed(stage: Stage, row: Row, name: str) -> dict[str, Any]:
    """What somebody types into the form for this address, right in every field, so that only permission decides."""
    charter = {
        "name": "Changed",
        "question": "How might we change?",
        "access_mode": row.mode,
        "start_date-day": "1",
        "start_date-month": "9",
        "start_date-year": "2026",
        "base_version": "1",
    }
    if row.address in PUBLISHING:
        return _publishing(stage, row)
    drafted = row.address.startswith("/drafts/")
    revision = stage.revision_of(stage.world.places[row.mode].draft, name) if drafted else ""
    forms: dict[str, dict[str, Any]] = {
        **ABOUT_PEOPLE,
        **written(name, revision),
        "/admin/people/{stranger}/merge/{colleague}": {"kept": str(stage.world.actors["officer"].person_id)},
        "/profile/organisation": {"organisation": str(stage.world.actors["facilitator"].organisation_id)},
        "/teams/new": {**charter, "function": "legal", "title": ""},
        "/teams/{team}/charter": charter,
        "/teams/{team}/end-date": {**_day("end_date", "2047"), "reason": "More time"},
        **TEAMWORK,
        "/teams/{team}/people/add/{stranger}": PLACE,
        "/teams/{team}/people/{place}": PLACE,
        "/teams/{team}/threads/new": {"title": "A thread", "body": "Words", "key": f"{name:x<20}"},
        "/threads/{thread}": {"body": "Words", "key": f"{name:x<20}"},
        "/teams/{team}/follow": {"level": "everything"},
        "/threads/{thread}/follow": {"level": "nothing"},
        "/threads/{thread}/unread": {"number": "1"},
        **TYPED,
        **MODERATING,
        "/teams/{team}/lead": {"member": str(stage.world.places[row.mode].members["facilitator"])},
        "/posts/{post}/edit": {"body": "Other words", "base_version": "2"},
        "/posts/{removed}/edit": {"body": "Other words", "base_version": "2"},
        **_about_assets(stage),
    }
    return forms.get(row.address, {})


def _get(stage: Stage, row: Row, name: str) -> None:
    path, letter = row.address.format(**things(stage, row.mode, name)), row.expected[name]
    stage.visitor(name).get(path, status=STATUS[letter], check=letter == "R").close()


def _post(stage: Stage, row: Row, name: str) -> None:
    path, letter = row.address.format(**things(stage, row.mode, name)), row.expected[name]
    visitor = stage.visitor(name, fresh=letter in DONE)
    before = stage.state()
    try:
        visitor.post(path, status=STATUS[letter], check=False, **typed(stage, row, name))
        changed = stage.changed(before)
        if letter in DONE:
            assert changed, f"POST {path} said it was done and changed nothing"
            assert "event" in changed or row.address in WITHOUT_EVENT, (
                f"POST {path}: no event, only {changed}"
            )
        else:
            assert not changed, f"POST {path} was refused and changed {changed}"
            assert not stage.live.sent, f"POST {path} was refused and sent {stage.live.sent}"
        assert not (told := stage.words_in_frames()), f"POST {path} sent {told} to sockets"
    finally:
        stage.restore()


def surprises(stage: Stage, row: Row, names: Iterable[str]) -> list[str]:
    """What was otherwise than the row says, in words, for each of these actors."""
    wrong = []
    for name in names:
        try:
            (_get if row.method == "GET" else _post)(stage, row, name)
        except AssertionError as error:
            wrong.append(f"{name}, expected {row.expected[name]}: {str(error)[:400]}")
    return wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address} {row.mode}")
def test_the_row_holds_for_every_actor(stage: Stage, row: Row) -> None:
    wrong = surprises(stage, row, ORDER)
    assert not wrong, "\n".join(wrong)


def test_what_was_done_is_undone(stage: Stage) -> None:
    """Else each row would be asked of what the rows before it have left."""
    thread = f"/threads/{things(stage, 'open')['thread']}"
    asset = f"/library/{things(stage, 'open')['public']}/withdraw"
    before, led = stage.state(), []
    for key in ("first-time-0123456789", "second-time-0123456789"):
        led.append(stage.visitor("member").post(thread, body="Words", key=key).headers["Location"])
        assert any(each.startswith("news thread:") and "seq" in each for each in stage.live.sent)
        stage.visitor("lead").post(asset, reason="Old")
        stage.visitor("officer", fresh=True).post("/sign-out")
        assert {"post", "event", "delivery", "asset", "login_session"} <= stage.changed(before)
        stage.restore()
        assert not stage.changed(before)
    assert led[0] == led[1], "the same act gave another number"
    assert stage.visitor("officer").get("/profile")


def _rules(adapter: MapAdapter, stage: Stage) -> set[tuple[str, str]]:
    """The (method, rule) that the rows' addresses lead to."""
    found = set()
    for row in ROWS:
        path = row.address.format(**things(stage, row.mode)).partition("?")[0]
        rule, _ = adapter.match(path, row.method, return_rule=True)
        found.add((row.method, rule.rule))
    return found


def test_every_declared_route_has_a_row(stage: Stage) -> None:
    declared = {(method, path) for method, path, _ in declared_routes(stage.app)}
    missing = declared - _rules(stage.app.url_map.bind("localhost"), stage)
    assert not missing, f"Say in matrix_table.py who may do what at: {sorted(missing)}"


def test_every_kind_of_mail_has_a_row(stage: Stage) -> None:
    kinds = set(KINDS.names()) - set(NOTICES)
    assert not kinds, f"Say in mail_table.py (NOTICES) who may be told: {sorted(kinds)}"
    purposes = set(open_post(stage.settings).purposes()) - set(LETTERS) - OF_NOTICES
    assert not purposes, f"Say in mail_table.py (LETTERS) to whom it is sent, and when: {sorted(purposes)}"


def test_every_actor_of_the_world_has_a_column() -> None:
    assert set(ORDER) == set(ACTORS)


def test_every_mode_is_asked_where_a_team_is_named() -> None:
    modes: dict[tuple[str, str], set[str]] = {}
    for row in ROWS:
        if any(name in row.address for name in ("{team}", "{thread}", "{post}", "{carrier}")):
            modes.setdefault((row.method, row.address), set()).add(row.mode)
    short = {key: found for key, found in modes.items() if found != {"open", "network", "private"}}
    assert not short, short
