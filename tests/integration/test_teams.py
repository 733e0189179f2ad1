"""Teams in the database: who sees which, the life of a team, and the law that a lead remains."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from cop.kernel.events import EventRow
from cop.search.document import Audience
from cop.teams import queries, service
from cop.teams.lifecycle import LIFECYCLE
from cop.teams.limits import STATES
from tests.build.community import Community
from tests.build.queries import statements
from tests.build.teams import Teams, charter


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Amira Khan", function="commissioning")


def member_ids(db: Database, team_id: int) -> dict[int, int]:
    """Person's id → member's id, of those on the team now."""
    with db.transaction(write=False) as tx:
        return {m.person.id: m.id for m in queries.members(SYSTEM, tx=tx, team_id=team_id)}


def test_whoever_starts_a_team_leads_it(db: Database, lead: Actor) -> None:
    with db.transaction(write=True) as tx:
        team_id = service.start_team(lead, tx=tx, charter=charter(), function="commissioning")
    with db.transaction(write=False) as tx:
        team = queries.team(lead, tx=tx, team_id=team_id)
        assert (team.status, team.standing.role, team.people) == ("forming", "lead", 1)
        assert team.missing == ("finance", "legal")
        kinds = [row.kind for row in tx.session.query(EventRow).order_by(EventRow.id)][-2:]
        assert kinds == ["TeamStarted", "MemberAdded"]


@pytest.mark.parametrize("kind", ["supplier", "community"])
def test_only_officers_start_teams(db: Database, community: Community, kind: str) -> None:
    stranger = community.person(kind=kind)
    with (
        pytest.raises(Forbidden, match="council, a consortium or a central body"),
        db.transaction(write=True) as tx,
    ):
        service.start_team(stranger, tx=tx, charter=charter(), function="supplier")


WHO_READS = {
    # actor: (card of open, network, private), (space of open, network, private): PRODUCT.md's table.
    "anonymous": ("yes no no", "yes no no"),
    "community": ("yes no no", "yes no no"),
    "supplier": ("yes no no", "yes no no"),
    "officer": ("yes yes no", "yes yes no"),
    "consortium": ("yes yes no", "yes yes no"),
    "supplier on the team": ("yes yes yes", "yes yes yes"),
    "officer on the team": ("yes yes yes", "yes yes yes"),
    "officer who left": ("yes yes no", "yes yes no"),
    "board": ("yes yes yes", "yes yes no"),
    "admin of a community group": ("yes yes yes", "yes no no"),
}


def _cast(community: Community) -> dict[str, Actor]:
    return {
        "anonymous": ANONYMOUS,
        "community": community.person(kind="community"),
        "supplier": community.person(kind="supplier"),
        "officer": community.person(),
        "consortium": community.person(kind="consortium"),
        "supplier on the team": community.person(kind="supplier"),
        "officer on the team": community.person(),
        "officer who left": community.person(),
        "board": community.person(roles=("board",)),
        "admin of a community group": community.person(kind="community", roles=("platform_admin",)),
    }


def test_who_sees_the_card_and_who_reads_the_space(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    cast = _cast(community)
    modes = ("open", "network", "private")
    ids = {mode: teams.team(lead, access=mode) for mode in modes}
    for team_id in ids.values():
        for name in ("supplier on the team", "officer on the team", "officer who left"):
            teams.join(team_id, cast[name])
        leaver = member_ids(db, team_id)[cast["officer who left"].person_id or 0]
        with db.transaction(write=True) as tx:
            service.remove_member(lead, tx=tx, team_id=team_id, member_id=leaver)
    for name, (cards, spaces) in WHO_READS.items():
        actor = cast[name]
        with db.transaction(write=False) as tx:
            seen = set(tx.session.scalars(queries.card_ids(actor)))
            read = set(tx.session.scalars(queries.visible_ids(actor)))
            listed = {card.id for card in queries.cards(actor, tx=tx).rows}
            assert listed == seen
            for mode, card, space in zip(modes, cards.split(), spaces.split(), strict=True):
                assert (ids[mode] in seen) is (card == "yes"), (name, mode, "card")
                assert (ids[mode] in read) is (space == "yes"), (name, mode, "space")
                _check_reads(actor, tx, ids[mode], card == "yes", space == "yes")


def _check_reads(actor: Actor, tx: Tx, team_id: int, card: bool, space: bool) -> None:
    """Every read of one team says the same as the two predicates."""
    for allowed, read in ((card, queries.team), (space, queries.readable_team), (space, queries.space)):
        try:
            read(actor, tx=tx, team_id=team_id)
            found = True
        except NotFound:
            found = False
        assert found is allowed, read.__name__
    assert bool(queries.members(actor, tx=tx, team_id=team_id)) is space


def test_the_audience_follows_the_access_mode(db: Database, teams: Teams, lead: Actor) -> None:
    for access, terms in (("open", "public"), ("network", "network team"), ("private", "team")):
        team_id = teams.team(lead, access=access)
        with db.transaction(write=False) as tx:
            audience = queries.audience_of(SYSTEM, tx=tx, team_id=team_id)
            mine = queries.audience_terms(lead, tx=tx)
        assert audience == Audience(frozenset(terms.replace("team", f"team:{team_id}").split()))
        assert f"team:{team_id}" in mine


def test_the_life_of_a_team_by_state_step_and_role(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    """States × steps × roles: only the lead and the facilitator take a step, and only from where it begins."""
    others = {
        "facilitator": community.person(function="finance"),
        "member": community.person(function="legal"),
        "supplier": community.person(kind="supplier", function="commercial"),
        "officer": community.person(),
        "board": community.person(roles=("board",)),
        "admin": community.person(roles=("platform_admin",)),
    }
    on_it = [
        (others["facilitator"], "facilitator", "finance"),
        (others["member"], "member", "legal"),
        (others["supplier"], "member", "commercial"),
    ]
    actors = {"lead": lead, "anonymous": ANONYMOUS, **others}
    for state, step, role in product(STATES, LIFECYCLE.transitions, actors):
        team_id = teams.team(lead, status=state, members=on_it)
        teams.report(team_id)
        allowed = role in ("lead", "facilitator") and state in step.from_
        offered = False
        with db.transaction(write=False) as tx:
            offered = step.name in [s.name for s in queries.steps(actors[role], tx=tx, team_id=team_id)]
        assert offered is (allowed and state != "closed"), (state, step.name, role)
        try:
            with db.transaction(write=True) as tx:
                service.take_step(actors[role], tx=tx, team_id=team_id, name=step.name)
            taken = True
        except (Forbidden, Conflict):
            taken = False
        assert taken is allowed, (state, step.name, role)
        with db.transaction(write=False) as tx:
            now = queries.team(SYSTEM, tx=tx, team_id=team_id).status
            assert now == (step.to if allowed else state)


NEEDS: list[tuple[dict[str, object], str, str]] = [
    ({}, "facilitator finance legal", ""),
    ({}, "member finance legal", "Choose a facilitator"),
    ({}, "facilitator finance", "at least 4 functions. There are 3 now"),
    ({"ambition": ""}, "facilitator finance legal", "Write the ambition"),
    ({"ambition_by": None}, "facilitator finance legal", "Write the ambition"),
    ({"end_date": None}, "facilitator finance legal", "Set the end date"),
]


def test_what_an_active_team_needs(db: Database, community: Community, teams: Teams, lead: Actor) -> None:
    for changes, people, says in NEEDS:
        role, *functions = people.split()
        members = [(community.person(), "member", function) for function in functions]
        members.append((community.person(), role, "commercial"))
        team_id = teams.team(lead, status="forming", members=members, **changes)
        refused = ""
        try:
            with db.transaction(write=True) as tx:
                service.take_step(lead, tx=tx, team_id=team_id, name="activate")
        except Invalid as error:
            refused = error.message
        assert (says in refused) if says else not refused


def test_an_unknown_step_is_a_message(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    with pytest.raises(Invalid), db.transaction(write=True) as tx:
        service.take_step(lead, tx=tx, team_id=team_id, name="fly")


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["role", "remove", "leave", "add"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(["lead", "facilitator", "member"]),
    ),
    max_size=25,
)


def test_a_lead_remains_whatever_people_do(sqlite_db: Database) -> None:
    community, teams = Community(sqlite_db), Teams(sqlite_db)
    people = [community.person() for _ in range(4)]

    @settings(max_examples=40)
    @given(CHANGES)
    def play(changes: list[tuple[str, int, int, str]]) -> None:
        team_id = teams.team(people[0], members=[(people[1], "facilitator", "finance")])
        for verb, who, whom, role in changes:
            present = member_ids(sqlite_db, team_id)
            member_id = present.get(people[who if verb == "leave" else whom].person_id or 0, 0)
            try:
                with sqlite_db.transaction(write=True) as tx:
                    _act(people, tx, team_id, member_id, verb, who, whom, role)
            except DomainError:
                pass
            with sqlite_db.transaction(write=False) as tx:
                members = queries.members(SYSTEM, tx=tx, team_id=team_id)
            assert any(member.role == "lead" for member in members), changes
            assert len({member.person.id for member in members}) == len(members)

    play()


def _act(
    people: list[Actor], tx: Tx, team_id: int, member_id: int, verb: str, who: int, whom: int, role: str
) -> None:
    actor = people[who]
    if verb == "add":
        service.add_member(
            actor,
            tx=tx,
            team_id=team_id,
            person_id=people[whom].person_id or 0,
            role=role,
            function="legal",
        )
    elif verb == "role":
        service.change_member(
            actor,
            tx=tx,
            team_id=team_id,
            member_id=member_id,
            role=role,
            function="legal",
            title="",
        )
    else:
        service.remove_member(actor, tx=tx, team_id=team_id, member_id=member_id)


def _step_down(db: Database, actor: Actor, team_id: int, member_id: int, together: threading.Barrier) -> str:
    together.wait()
    try:
        with db.transaction(write=True) as tx:
            service.change_member(
                actor,
                tx=tx,
                team_id=team_id,
                member_id=member_id,
                role="member",
                function="finance",
                title="",
            )
    except Invalid:
        return "refused"
    return "done"


def test_two_leads_who_step_down_at_once_leave_one(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    other = community.person()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            team_id = teams.team(lead, members=[(other, "lead", "finance")])
            ids, together = member_ids(db, team_id), threading.Barrier(2)
            both = [
                pool.submit(_step_down, db, actor, team_id, ids[actor.person_id or 0], together)
                for actor in (lead, other)
            ]
            assert sorted(each.result() for each in both) == ["done", "refused"]


def test_somebody_is_on_a_team_once(db: Database, community: Community, teams: Teams, lead: Actor) -> None:
    team_id, person = teams.team(lead), community.person("Tom Doyle")
    teams.join(team_id, person)
    with pytest.raises(Conflict, match="Tom Doyle is on the team already"):
        teams.join(team_id, person)
    with db.transaction(write=True) as tx:
        service.remove_member(
            lead, tx=tx, team_id=team_id, member_id=member_ids(db, team_id)[person.person_id or 0]
        )
    teams.join(team_id, person)
    with db.transaction(write=False) as tx:
        assert len(queries.members(lead, tx=tx, team_id=team_id, former=True)) == 1
        assert len(queries.members(lead, tx=tx, team_id=team_id)) == 2


@pytest.mark.parametrize("role", ["lead", "facilitator"])
def test_a_supplier_can_be_on_a_team_and_not_run_it(
    db: Database, community: Community, teams: Teams, lead: Actor, role: str
) -> None:
    team_id, supplier = teams.team(lead), community.person(kind="supplier")
    with pytest.raises(Invalid, match="Choose “Member”"):
        teams.join(team_id, supplier, role=role)
    teams.join(team_id, supplier)
    with pytest.raises(Invalid), db.transaction(write=True) as tx:
        service.change_member(
            lead,
            tx=tx,
            team_id=team_id,
            member_id=member_ids(db, team_id)[supplier.person_id or 0],
            role=role,
            function="supplier",
            title="",
        )


def test_only_people_the_actor_may_see_can_be_added(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    team_id = teams.team(lead)
    with pytest.raises(NotFound), db.transaction(write=True) as tx:
        service.add_member(lead, tx=tx, team_id=team_id, person_id=9_999, role="member", function="legal")


@pytest.mark.parametrize("role", ["member", None])
def test_people_who_do_not_run_the_team_change_nothing(
    db: Database, community: Community, teams: Teams, lead: Actor, role: str | None
) -> None:
    person = community.person()
    team_id = teams.team(lead, members=[(person, role, "legal")] if role else [])
    lead_id = member_ids(db, team_id)[lead.person_id or 0]
    acts = (
        lambda tx: service.change_charter(person, tx=tx, team_id=team_id, charter=charter(), base_version=1),
        lambda tx: service.remove_member(person, tx=tx, team_id=team_id, member_id=lead_id),
        lambda tx: service.add_member(
            person, tx=tx, team_id=team_id, person_id=1, role="member", function="it"
        ),
        lambda tx: service.extend(
            person, tx=tx, team_id=team_id, end_date=date(2027, 6, 1), reason="More time to test"
        ),
    )
    for act in acts:
        with pytest.raises(Forbidden), db.transaction(write=True) as tx:
            act(tx)


def test_a_charter_that_somebody_else_changed_is_not_overwritten(
    db: Database, teams: Teams, lead: Actor
) -> None:
    team_id = teams.team(lead, status="forming")
    for question in ("Mine?", "Theirs?"):
        try:
            with db.transaction(write=True) as tx:
                changed = charter(question=question)
                service.change_charter(lead, tx=tx, team_id=team_id, charter=changed, base_version=1)
        except service.CharterConflict:
            assert question == "Theirs?"
    with db.transaction(write=False) as tx:
        assert queries.team(lead, tx=tx, team_id=team_id).question == "Mine?"


def test_at_work_the_end_date_is_the_boards(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    ends = date(2027, 1, 31)
    board = community.person(roles=("board",))
    team_id = teams.team(lead, access="private", end_date=ends)
    later = charter(end_date=ends + timedelta(1))
    with pytest.raises(Invalid, match="Only the board"), db.transaction(write=True) as tx:
        service.change_charter(lead, tx=tx, team_id=team_id, charter=later, base_version=1)
    with pytest.raises(Invalid, match="after the present one"), db.transaction(write=True) as tx:
        service.extend(board, tx=tx, team_id=team_id, end_date=ends, reason="More time to test")
    with db.transaction(write=True) as tx:
        service.extend(
            board, tx=tx, team_id=team_id, end_date=ends + timedelta(30), reason="More time to test"
        )
    with db.transaction(write=False) as tx:
        assert queries.team(lead, tx=tx, team_id=team_id).end_date == ends + timedelta(30)


def test_a_change_of_access_is_an_event_of_its_own(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead, status="forming")
    with db.transaction(write=True) as tx:
        service.change_charter(
            lead, tx=tx, team_id=team_id, charter=charter(access_mode="private"), base_version=1
        )
    with db.transaction(write=False) as tx:
        last = tx.session.query(EventRow).order_by(EventRow.id.desc()).first()
        assert last is not None
        assert last.kind == "TeamAccessChanged"


def test_lists_page_through_every_team_once_with_a_fixed_number_of_queries(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    ends: list[date | None] = [None, date(2027, 1, 1), date(2027, 1, 1), date(2026, 12, 1)]
    made = [
        teams.team(lead, status=state, end_date=end)
        for end in ends
        for state in ("active", "closed", "forming")
    ]
    seen: list[int] = []
    after, counts = None, set()
    while True:
        with db.transaction(write=False) as tx, statements(db) as sent:
            found = queries.cards(lead, tx=tx, after=after, limit=5)
        counts.add(len(sent))
        seen += [card.id for card in found.rows]
        after = found.older
        if after is None:
            break
    assert sorted(seen) == sorted(made)
    assert counts == {3}
    with db.transaction(write=False) as tx:
        rows = queries.cards(lead, tx=tx, limit=50).rows
    keys = [(card.status == "closed", card.end_date or queries.NO_END, card.id) for card in rows]
    assert keys == sorted(keys)


def test_a_tampered_place_in_the_list_shows_its_beginning(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    for token in ("x", "WzEsMl0", "", "W1wiYVwiXQ", "WzAsIm5vdC1hLWRhdGUiLDFd"):
        with db.transaction(write=False) as tx:
            assert [card.id for card in queries.cards(lead, tx=tx, after=token).rows] == [team_id]
