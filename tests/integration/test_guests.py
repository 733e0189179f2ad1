"""A guest sees what the invitation names and nothing else: whatever is done, in whatever order, wherever one looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cop.app import build_worker
from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.errors import DomainError
from cop.library import queries as library
from cop.live import publish
from cop.settings import Settings
from cop.teams import guests, invitations, queries, requests, service
from cop.teams.invitations import Wish
from cop.threads import queries as threads
from cop.threads.search import PostSource
from cop.threads.wiring import register_things
from tests.build.community import Community
from tests.build.joining import Joining
from tests.build.pages import Visitor
from tests.build.stage import Recorder
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@dataclass
class Private:
    """A private team with two threads, its lead, and people who are not on it."""

    db: Database
    community: Community
    lead: Actor = field(init=False)
    team: int = field(init=False)
    named: int = field(init=False)
    other: int = field(init=False)

    def __post_init__(self) -> None:
        teams = Teams(self.db)
        register_things()
        self.lead = self.community.person("Given Lead")
        self.team = teams.team(self.lead, access="private", name="Team canarycard")
        self.named = teams.thread(self.lead, self.team, "Words canarynamed here")
        self.other = teams.thread(self.lead, self.team, "Words canaryother there")
        self.joining = Joining(self.db, self.community, self.lead)

    def guest(self, name: str = "Given Guest", *, whole: bool = False, kind: str = "supplier") -> Actor:
        """Somebody who is a guest of the named thread, or of the whole team."""
        address = f"{name.replace(' ', '.').lower()}@elsewhere.example"
        actor = self.community.person(name, kind=kind, email=address)
        self.joining.guest(actor, address, self.team, None if whole else self.named)
        return actor


@pytest.fixture
def place(db: Database, community: Community) -> Private:
    """A private team."""
    return Private(db, community)


def read(db: Database, actor: Actor, place: Private) -> dict[str, bool]:
    """What somebody may read, asked of every way there is: pages' queries, search, sockets."""
    source = PostSource()
    with db.transaction(write=False) as tx:

        def may(act: Callable[[], object]) -> bool:
            try:
                act()
            except DomainError:
                return False
            return True

        shown = {
            row.thread_id
            for row in tx.session.execute(text("SELECT thread_id, id FROM post"))
            if source.present(actor, tx=tx, ids=[row.id])
        }
        facts = {row.thread for row in tx.session.execute(source.facts(actor))}
        terms = set(queries.audience_terms(actor, tx=tx))
        found = {}
        for name, number in (("named", place.named), ("other", place.other)):
            document = source.fetch(
                tx,
                tx.session.execute(
                    text("SELECT min(id) FROM post WHERE thread_id = :id"), {"id": number}
                ).scalar_one(),
            )
            assert document is not None
            ways = {
                may(lambda number=number: threads.thread(actor, tx=tx, thread_id=number)),
                threads.may_read(actor, tx=tx, thread_id=number),
                number in shown,
                number in facts,
                bool(document.audience.terms & terms),
            }
            assert len(ways) == 1, f"{actor.name} reads {name} in one way and not in another"
            found[name] = ways.pop()
        found["space"] = may(lambda: queries.readable_team(actor, tx=tx, team_id=place.team))
        found["list"] = may(
            lambda: threads.listing(actor, tx=tx, team=queries.team(actor, tx=tx, team_id=place.team))
        )
        found["card"] = may(lambda: queries.team(actor, tx=tx, team_id=place.team))
        return found


NOTHING = {"named": False, "other": False, "space": False, "list": False, "card": False}
ONE = {**NOTHING, "named": True, "card": True}
ALL = dict.fromkeys(NOTHING, True)


def test_a_guest_of_one_thread_reads_that_thread_and_the_card(db: Database, place: Private) -> None:
    stranger = place.community.person("Given Stranger", kind="supplier")
    assert read(db, stranger, place) == NOTHING
    for kind in ("supplier", "community", "council"):
        assert read(db, place.guest(f"Given {kind}", kind=kind), place) == ONE
    assert read(db, place.guest("Given Whole", whole=True), place) == ALL
    assert read(db, place.lead, place) == ALL


def test_a_guest_is_nobody_on_the_team(db: Database, place: Private) -> None:
    for guest in (place.guest(), place.guest("Given Whole", whole=True)):
        with db.transaction(write=False) as tx:
            assert queries.own_cards(guest, tx=tx) == []
            assert guest.person_id not in set(tx.session.scalars(queries.colleague_ids(place.lead)))
            assert not set(tx.session.scalars(queries.colleague_ids(guest)))
            assert queries.team(guest, tx=tx, team_id=place.team).people == 1
            assert threads.newest(guest, tx=tx, team_ids=queries.own_ids(guest), limit=9) == []
            assert library.drafts(guest, tx=tx, limit=9) == []


def test_a_guest_writes_where_invited_and_nowhere_else(db: Database, place: Private, visitor: Visit) -> None:
    guest = visitor().sign_in_as(place.community, place.guest())
    page = guest.get(f"/threads/{place.named}").text
    assert "canarynamed" in page
    assert "Post reply" in page
    assert "canaryother" not in page
    assert "You are a guest here" in page
    assert f'href="/teams/{place.team}/threads"' not in page, "a link that leads nowhere"
    guest.post(f"/threads/{place.named}", body="What I know.", key="k" * 20)
    assert "What I know." in guest.get(f"/threads/{place.named}").text
    for path in (f"/threads/{place.other}", f"/teams/{place.team}/threads", f"/teams/{place.team}/people"):
        guest.get(path, status=404)
    guest.post(f"/threads/{place.other}", status=404, body="Words", key="o" * 20)
    guest.post(f"/teams/{place.team}/threads/new", status=404, title="T", body="Words", key="n" * 20)
    card = guest.get(f"/teams/{place.team}").text
    assert "You can see this card, not the work" in card
    assert f'href="/threads/{place.named}"' in card
    lead = visitor().sign_in_as(place.community, place.lead)
    assert "Given Guest" in lead.get(f"/threads/{place.named}").text, "those who write see who reads"
    assert "Given Guest" not in lead.get(f"/threads/{place.other}").text


def test_a_guest_who_only_reads_cannot_write(db: Database, place: Private, visitor: Visit) -> None:
    reader = place.community.person("Given Reader", kind="supplier", email="reader@elsewhere.example")
    wish = Wish(
        "reader@elsewhere.example", "guest", "hr", may_write=False, thing="thread", thing_id=place.named
    )
    number = place.joining.invite(place.team, wish)
    with db.transaction(write=True) as tx:
        invitations.accept(reader, tx=tx, invitation_id=number)
    browser = visitor().sign_in_as(place.community, reader)
    assert "Post reply" not in browser.get(f"/threads/{place.named}").text
    browser.post(f"/threads/{place.named}", status=403, body="Words", key="k" * 20)


def test_the_visit_ends_at_once_everywhere_and_sockets_are_asked_again(
    db: Database, place: Private, visitor: Visit
) -> None:
    guest = place.guest()
    browser, desk = (visitor().sign_in_as(place.community, who) for who in (guest, place.lead))
    browser.get(f"/threads/{place.named}")
    with db.transaction(write=False) as tx:
        number = guests.own(guest, tx=tx)[0].id
    outlet = Recorder()
    publish.attach_outlet(outlet)
    try:
        desk.get(f"/teams/{place.team}/guests/{number}/end")
        desk.post(f"/teams/{place.team}/guests/{number}/end")
    finally:
        publish.attach_outlet(None)
    assert f"recheck None {guest.person_id}" in outlet.sent
    browser.get(f"/threads/{place.named}", status=404)
    assert read(db, guest, place) == NOTHING
    desk.post(f"/teams/{place.team}/guests/{number}/end", status=404)


def test_search_finds_the_named_thread_and_does_not_know_the_other(
    db: Database, place: Private, visitor: Visit, make_settings: Callable[[str], Settings]
) -> None:
    guest = place.guest()
    build_worker(make_settings(db.url), db).drain()
    browser = visitor().sign_in_as(place.community, guest)
    assert "/posts/" in browser.get("/search?q=canarynamed").text
    hidden = re.sub(r'nonce="[^"]+"|value="[^"]+"', "", browser.get("/search?q=canaryother").text)
    absent = re.sub(r'nonce="[^"]+"|value="[^"]+"', "", browser.get("/search?q=canaryothex").text)
    assert hidden.replace("canaryother", "W") == absent.replace("canaryothex", "W")
    stranger = visitor().sign_in_as(place.community, place.community.person(kind="supplier"))
    assert "/posts/" not in stranger.get("/search?q=canarynamed").text


def test_who_joins_the_team_is_no_guest_any_more_and_leaving_ends_all(db: Database, place: Private) -> None:
    guest = place.guest(kind="council")
    with db.transaction(write=True) as tx:
        service.add_member(
            place.lead,
            tx=tx,
            team_id=place.team,
            person_id=guest.person_id or 0,
            role="member",
            function="hr",
        )
    assert read(db, guest, place) == ALL
    with db.transaction(write=True) as tx:
        assert guests.own(guest, tx=tx) == []
        member = next(
            row.id for row in queries.members(guest, tx=tx, team_id=place.team) if row.role == "member"
        )
        service.remove_member(guest, tx=tx, team_id=place.team, member_id=member)
    assert read(db, guest, place) == NOTHING


# The law, against a model that knows nothing of tables: who was let in, to what, until when.

ACTS = ("invite", "accept", "by link", "stolen", "admit", "refuse", "withdraw", "expire", "again", "end", "leave",
        "ask", "let in", "decline")  # fmt: skip


@dataclass
class Model:
    """What each of three people may read by the rule: by index, "one", "all" or nothing."""

    place: Private
    people: list[Actor]
    rights: dict[int, set[str]] = field(default_factory=lambda: {0: set(), 1: set(), 2: set()})
    open: dict[int, tuple[int, str]] = field(default_factory=dict)
    claims: dict[int, int] = field(default_factory=dict)

    def expected(self, who: int) -> dict[str, bool]:
        """What the rule says."""
        has = self.rights[who]
        return ALL if has & {"member", "whole"} else ONE if "one" in has else NOTHING

    def let_in(self, who: int, what: str) -> None:
        """Somebody takes a place; on the team as a member every visit ends, and no other begins."""
        if what == "member":
            self.rights[who] = {"member"}
        elif "member" not in self.rights[who]:
            self.rights[who].add(what)


class Play:
    """Does one act after another, as the services allow it, and tells the model what came of it."""

    def __init__(self, db: Database, model: Model) -> None:
        self.db, self.model = db, model

    def act(self, name: str, who: int, other: int, what: str) -> None:
        """One act; whatever the services refuse changes nothing."""
        with suppress(DomainError):
            getattr(self, "_" + name.replace(" ", "_"))(who, other, what)

    def _address(self, who: int) -> str:
        return f"law{who}.{self.model.place.team}@elsewhere.example"

    def _invite(self, who: int, other: int, what: str) -> None:
        thing = {"one": ("thread", self.model.place.named)}.get(what, (None, None))
        standing = "member" if what == "member" else "guest"
        wish = Wish(self._address(who), standing, "hr", thing=thing[0], thing_id=thing[1])
        number = self.model.place.joining.invite(self.model.place.team, wish)
        self.model.open[number] = (who, what)

    def _newest(self, who: int) -> int:
        return max((number for number, (owner, _) in self.model.open.items() if owner == who), default=0)

    def _accept(self, who: int, other: int, what: str) -> None:
        number = self._newest(who)
        with self.db.transaction(write=True) as tx:
            invitations.accept(self.model.people[who], tx=tx, invitation_id=number)
        self._done(number, who)

    def _by_link(self, who: int, other: int, what: str) -> None:
        self._follow(self._newest(who), who)

    def _stolen(self, who: int, other: int, what: str) -> None:
        """Somebody else uses the link: nothing is theirs before the lead agrees."""
        self._follow(self._newest(who), other)

    def _follow(self, number: int, who: int) -> None:
        if not number:
            return
        place, actor = self.model.place, self.model.people[who]
        token = place.joining.token(number)
        with self.db.transaction(write=True) as tx:
            taken = invitations.accept_by_link(actor, tx=tx, invitation_id=number, token=token)
        if taken.waits:
            self.model.claims[number] = who
        elif number in self.model.open:
            self._done(number, who)

    def _done(self, number: int, who: int) -> None:
        self.model.let_in(who, self.model.open.pop(number)[1])
        self.model.claims.pop(number, None)

    def _decide(self, who: int, admitted: bool) -> None:
        number = max((number for number, claimed in self.model.claims.items() if claimed == who), default=0)
        with self.db.transaction(write=True) as tx:
            invitations.decide(self.model.place.lead, tx=tx, invitation_id=number, admitted=admitted)
        if admitted:
            self._done(number, who)
        else:
            self.model.open.pop(number, None)
            self.model.claims.pop(number)

    def _admit(self, who: int, other: int, what: str) -> None:
        self._decide(who, True)

    def _refuse(self, who: int, other: int, what: str) -> None:
        self._decide(who, False)

    def _withdraw(self, who: int, other: int, what: str) -> None:
        number = self._newest(who)
        with self.db.transaction(write=True) as tx:
            invitations.withdraw(self.model.place.lead, tx=tx, invitation_id=number)
        self.model.open.pop(number)
        self.model.claims.pop(number, None)

    def _again(self, who: int, other: int, what: str) -> None:
        number = self._newest(who)
        with self.db.transaction(write=True) as tx:
            invitations.send_again(self.model.place.lead, tx=tx, invitation_id=number)
        self.model.claims.pop(number, None)

    def _expire(self, who: int, other: int, what: str) -> None:
        with self.db.transaction(write=True) as tx:
            tx.session.execute(
                text("UPDATE team_invitation SET expires_at = invited_at WHERE id = :id"),
                {"id": self._newest(who)},
            )

    def _end(self, who: int, other: int, what: str) -> None:
        place, actor = self.model.place, self.model.people[who]
        with self.db.transaction(write=True) as tx:
            mine = guests.own(actor, tx=tx, team_id=place.team)
            assert {("whole" if each.of_team else "one") for each in mine} == self.model.rights[who] - {
                "member"
            }
            if mine:
                guests.end(actor, tx=tx, team_id=place.team, guest_id=mine[0].id)
                self.model.rights[who].discard("whole" if mine[0].of_team else "one")

    def _leave(self, who: int, other: int, what: str) -> None:
        place, actor = self.model.place, self.model.people[who]
        with self.db.transaction(write=True) as tx:
            rows = queries.members(place.lead, tx=tx, team_id=place.team)
            mine = [row.id for row in rows if row.person.id == actor.person_id]
            assert bool(mine) is ("member" in self.model.rights[who])
            if mine:
                service.remove_member(actor, tx=tx, team_id=place.team, member_id=mine[0])
                self.model.rights[who] = set()

    def _ask(self, who: int, other: int, what: str) -> None:
        with self.db.transaction(write=True) as tx:
            requests.ask(self.model.people[who], tx=tx, team_id=self.model.place.team, note="")

    def _answer(self, who: int, accepted: bool) -> None:
        place, lead = self.model.place, self.model.place.lead
        with self.db.transaction(write=True) as tx:
            asked = requests.own_open(self.model.people[who], tx=tx, team_id=place.team)
            if asked is None:
                return
            if accepted:
                requests.accept(lead, tx=tx, request_id=asked.id, role="member", function="hr")
            else:
                requests.decline(lead, tx=tx, request_id=asked.id, answer="")
        if accepted:
            self.model.let_in(who, "member")

    def _let_in(self, who: int, other: int, what: str) -> None:
        self._answer(who, True)

    def _decline(self, who: int, other: int, what: str) -> None:
        self._answer(who, False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def law_db(request: pytest.FixtureRequest) -> Iterator[Database]:
    """One database for many runs of the law, each with a team of its own."""
    maker = request.getfixturevalue(f"{request.param}_maker")
    url = maker.fresh()
    database = Database.open(url)
    yield database
    database.dispose()
    maker.drop(url)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 2),
        st.integers(0, 2),
        st.sampled_from(("member", "whole", "one")),
    ),
    min_size=5,
    max_size=25,
)


@settings(max_examples=15)
@given(steps=STEPS)
def test_no_order_of_acts_lets_anybody_see_more_than_the_rule(
    law_db: Database, steps: list[tuple[str, int, int, str]]
) -> None:
    place = Private(law_db, _community(law_db))
    people = [
        place.community.person(
            f"Given Law{who}",
            kind=("council", "supplier", "community")[who],
            email=f"law{who}.{place.team}@elsewhere.example",
        )
        for who in range(3)
    ]
    play = Play(law_db, Model(place, people))
    for step in steps:
        play.act(*step)
        for who, actor in enumerate(people):
            assert read(law_db, actor, place) == play.model.expected(who), f"{step}: {actor.name}"


_communities: dict[str, Community] = {}


def _community(db: Database) -> Community:
    """The same organisations for every run; the addresses of people carry the team's number."""
    if db.url not in _communities:
        _communities[db.url] = _Numbered(db)
    return _communities[db.url]


class _Numbered(Community):
    """People whose given addresses may come twice get another one."""

    def person(self, name: str | None = None, **details: object) -> Actor:  # type: ignore[override]
        """Somebody; the builder's own two people are new each time."""
        if str(details.get("email", "")).startswith(("visitor@", "asker@")):
            details.pop("email")
        return super().person(name, **details)  # type: ignore[arg-type]
