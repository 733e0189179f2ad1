"""What a team does with its days and its list: who may, what is told to whom, what calendars read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from cop.accounts import service as accounts
from cop.accounts.events import PersonSuspended
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from cop.kernel.events import EventRow
from cop.kernel.outbox import drain_once
from cop.notifications import queries as inbox
from cop.teams import (
    calendar_address,
    closing,
    decisions,
    notifications,
    open_items,
    queries,
    service,
    timeline,
)
from cop.teams.calendars import calendar_file
from cop.teams.open_items import Source
from cop.teams.report_words import AGAIN, ASKED, FIRST, LEARNT, QUESTION, STANDS, unanswered
from tests.build.community import Community
from tests.build.teams import Teams

TODAY = utc_now().date()


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Amira Khan")


@pytest.fixture(autouse=True)
def told() -> None:
    """What happens is heard, as in every process of ours."""
    notifications.register()


def listed(db: Database, team_id: int) -> list[open_items.OpenItem]:
    with db.transaction(write=False) as tx:
        return open_items.items(SYSTEM, tx=tx, team_id=team_id)


def titles(db: Database, actor: Actor) -> list[str]:
    """What somebody finds in their inbox."""
    with db.transaction(write=False) as tx:
        return [notice.what.title for notice in inbox.inbox(actor, tx=tx).rows]


def add(db: Database, actor: Actor, team_id: int, title: str = "Ask Durham", **more: object) -> int:
    with db.transaction(write=True) as tx:
        return open_items.add(actor, tx=tx, team_id=team_id, title=title, **more)  # type: ignore[arg-type]


def test_an_item_goes_from_hand_to_hand_and_each_is_told_once(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    tom, jan = community.person("Tom Doyle"), community.person("Jan Whitfield")
    team_id = teams.team(lead, members=[(tom, "member", "finance"), (jan, "member", "legal")])
    item_id = add(db, lead, team_id, owner_id=tom.person_id, due=TODAY)
    assert titles(db, tom) == ["Ask Durham"]
    for _ in range(2):
        with db.transaction(write=True) as tx:
            open_items.change(
                lead,
                tx=tx,
                team_id=team_id,
                item_id=item_id,
                title="Ask Durham",
                href="",
                owner_id=jan.person_id,
                due=TODAY,
            )
    assert (titles(db, tom), titles(db, jan)) == ([], ["Ask Durham"])
    with db.transaction(write=True) as tx:
        open_items.finish(jan, tx=tx, team_id=team_id, item_id=item_id)
    assert titles(db, jan) == []
    assert [item.state for item in listed(db, team_id)] == ["done"]


def test_only_somebody_on_the_team_can_have_an_item(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    stranger = community.person()
    with pytest.raises(Invalid, match="on the team"):
        add(db, lead, teams.team(lead), owner_id=stranger.person_id)


def test_whoever_leaves_the_team_leaves_their_items_and_the_lead_is_asked(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(lead, access="private", members=[(tom, "member", "finance")])
    kept, done = (
        add(db, tom, team_id, owner_id=tom.person_id),
        add(db, tom, team_id, "Done", owner_id=tom.person_id),
    )
    with db.transaction(write=True) as tx:
        open_items.finish(tom, tx=tx, team_id=team_id, item_id=done)
        member = next(
            m for m in queries.members(SYSTEM, tx=tx, team_id=team_id) if m.person.id == tom.person_id
        )
        service.remove_member(tom, tx=tx, team_id=team_id, member_id=member.id)
    owners = {item.id: item.owner and item.owner.name for item in listed(db, team_id)}
    assert owners == {kept: None, done: "Tom Doyle"}
    assert titles(db, lead) == ["Nobody has this any more: Ask Durham"]
    assert titles(db, tom) == []


def test_whoever_leaves_the_house_leaves_their_items_and_the_lead_is_asked(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(lead, members=[(tom, "member", "finance")])
    add(db, tom, team_id, owner_id=tom.person_id)
    with db.transaction(write=True) as tx:
        accounts.suspend(SYSTEM, tx=tx, person_id=tom.person_id or 0)
    while drain_once(db, notifications.consumer()):
        pass
    assert [item.owner for item in listed(db, team_id)] == [None]
    assert titles(db, lead) == ["Nobody has this any more: Ask Durham"]
    assert PersonSuspended.__name__ == "PersonSuspended"


def test_an_item_of_a_higher_domain_is_one_whatever_is_said_twice(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    stranger = community.person()
    team_id, source = teams.team(lead), Source("idea", 7)

    def keep(title: str) -> int:
        with db.transaction(write=True) as tx:
            return open_items.keep(
                lead,
                tx=tx,
                team_id=team_id,
                source=source,
                title=title,
                href="/ideas/7",
                owner_id=stranger.person_id,
            )

    first = keep("Test the idea")
    assert keep("Test the idea with two councils") == first
    (item,) = listed(db, team_id)
    assert (item.title, item.owner, item.from_elsewhere) == ("Test the idea with two councils", None, True)
    for _ in range(2):
        with db.transaction(write=True) as tx:
            open_items.settle(lead, tx=tx, source=source)
    assert keep("Test the idea") == first
    assert [item.state for item in listed(db, team_id)] == ["done"]
    for _ in range(2):
        with db.transaction(write=True) as tx:
            open_items.withdraw(lead, tx=tx, source=source)
    assert listed(db, team_id) == []


def test_nothing_is_written_in_a_closed_team(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead, status="closed")
    report = closing.typed("Words")
    acts = (
        lambda tx: open_items.add(lead, tx=tx, team_id=team_id, title="More"),
        lambda tx: timeline.add_milestone(lead, tx=tx, team_id=team_id, title="More", due=TODAY),
        lambda tx: decisions.record_decision(
            lead, tx=tx, team_id=team_id, text="More", decided_on=TODAY, decided_by="We"
        ),
        lambda tx: closing.save_report(lead, tx=tx, team_id=team_id, report=report, base_version=0),
        lambda tx: open_items.keep(
            SYSTEM, tx=tx, team_id=team_id, source=Source("idea", 1), title="More", href="/"
        ),
        lambda tx: service.add_member(
            lead, tx=tx, team_id=team_id, person_id=1, role="member", function="it"
        ),
    )
    for act in acts:
        with pytest.raises((Forbidden, Conflict)), db.transaction(write=True) as tx:
            act(tx)
    with db.transaction(write=False) as tx:
        queries.readable_team(lead, tx=tx, team_id=team_id)


STEPS = st.lists(
    st.sampled_from(["report", "question", "item", "free", "done", "hand over", "reopen", "close"]),
    max_size=12,
)


def test_a_team_closes_exactly_when_its_gates_hold(sqlite_db: Database) -> None:
    community, teams = Community(sqlite_db), Teams(sqlite_db)
    lead = community.person()

    @settings(max_examples=60, deadline=None)
    @given(STEPS)
    def play(steps: list[str]) -> None:
        team_id = teams.team(lead, status="finishing")
        report, open_ones, closed = "", set[int](), False
        for step in steps:
            before = set(open_ones)
            try:
                with sqlite_db.transaction(write=True) as tx:
                    report, open_ones = _play(lead, tx, team_id, step, report, set(open_ones))
                happened = True
            except DomainError:
                open_ones, happened = before, False
            if step == "close":
                ready = bool(report) and QUESTION not in report and not open_ones and not closed
                assert happened is ready, steps
                closed = closed or happened
            elif closed:
                assert not happened or step in ("done", "hand over", "reopen"), steps
        with sqlite_db.transaction(write=False) as tx:
            assert (queries.team(SYSTEM, tx=tx, team_id=team_id).status == "closed") is closed

    play()


def _play(
    lead: Actor, tx: object, team_id: int, step: str, report: str, still: set[int]
) -> tuple[str, set[int]]:
    ids = [item.id for item in open_items.items(SYSTEM, tx=tx, team_id=team_id)]  # type: ignore[arg-type]
    where = {"tx": tx, "team_id": team_id}
    if step in ("report", "question"):
        saved = closing.reports(SYSTEM, **where)  # type: ignore[arg-type]
        words = f"Report {len(saved)}" + (f" {QUESTION} why?" if step == "question" else "")
        closing.save_report(lead, report=closing.typed(words), base_version=len(saved), **where)  # type: ignore[arg-type]
        return words, still
    if step in ("item", "free"):
        owner = lead.person_id if step == "item" else None
        return report, still | {open_items.add(lead, title="Ask", owner_id=owner, **where)}  # type: ignore[arg-type]
    if step == "close":
        service.take_step(lead, name="close", **where)  # type: ignore[arg-type]
    elif ids:
        if step == "done":
            open_items.finish(lead, item_id=ids[0], **where)  # type: ignore[arg-type]
        elif step == "hand over":
            open_items.hand_over(lead, item_id=ids[0], to="YPO", note="", **where)  # type: ignore[arg-type]
        else:
            open_items.reopen(lead, item_id=ids[-1], **where)  # type: ignore[arg-type]
            return report, still | {ids[-1]}
        return report, still - {ids[0]}
    return report, still


def calendar(db: Database, actor: Actor, team_id: int) -> Calendar:
    with db.transaction(write=False) as tx:
        team = queries.readable_team(actor, tx=tx, team_id=team_id)
        days = timeline.timeline(actor, tx=tx, team_id=team_id)
    found = Calendar.from_ical(calendar_file(team, days, base="https://cop.example.org"))
    assert isinstance(found, Calendar)
    return found


def test_a_calendar_program_reads_each_day_once_and_sees_it_move(
    db: Database, teams: Teams, lead: Actor
) -> None:
    team_id = teams.team(lead, name="Fleet; vans, cars\\more", end_date=date(2027, 3, 1))
    with db.transaction(write=True) as tx:
        number = timeline.add_milestone(
            lead, tx=tx, team_id=team_id, title="Tested, twice", due=date(2027, 1, 5)
        )
    first = {str(event["uid"]): event for event in calendar(db, lead, team_id).events}
    assert set(first) == {f"milestone-{number}@cop.example.org", f"team-{team_id}-end@cop.example.org"}
    event = first[f"milestone-{number}@cop.example.org"]
    assert event.decoded("dtstart") == date(2027, 1, 5)
    assert str(event["summary"]) == "Tested, twice (Fleet; vans, cars\\more)"
    assert event["sequence"] == 0
    with db.transaction(write=True) as tx:
        timeline.change_milestone(
            lead, tx=tx, team_id=team_id, milestone_id=number, title="Tested, twice", due=date(2027, 1, 12)
        )
        service.extend(SYSTEM, tx=tx, team_id=team_id, end_date=date(2027, 4, 1), reason="Snow")
        timeline.reach_milestone(lead, tx=tx, team_id=team_id, milestone_id=number)
    moved = {str(event["uid"]): event for event in calendar(db, lead, team_id).events}
    assert set(moved) == set(first)
    assert all(moved[uid]["sequence"] > first[uid]["sequence"] for uid in first)
    assert moved[f"milestone-{number}@cop.example.org"].decoded("dtstart") == date(2027, 1, 12)
    assert str(moved[f"milestone-{number}@cop.example.org"]["summary"]).startswith("Reached: ")
    assert moved[f"team-{team_id}-end@cop.example.org"].decoded("dtstart") == date(2027, 4, 1)


def test_a_calendar_address_is_its_owners_until_it_is_made_anew(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    tom = community.person("Tom Doyle")
    with db.transaction(write=True) as tx:
        first, other = calendar_address.make(lead, tx=tx), calendar_address.make(tom, tx=tx)
    with db.transaction(write=False) as tx:
        assert calendar_address.reader(tx, first).person_id == lead.person_id
        assert calendar_address.reader(tx, other).person_id == tom.person_id
    with db.transaction(write=True) as tx:
        second = calendar_address.make(lead, tx=tx)
        accounts.suspend(SYSTEM, tx=tx, person_id=tom.person_id or 0)
    for dead in (first, other, "", "nobody's"):
        with pytest.raises(NotFound), db.transaction(write=False) as tx:
            calendar_address.reader(tx, dead)
    with db.transaction(write=True) as tx:
        assert calendar_address.reader(tx, second).person_id == lead.person_id
        calendar_address.take_back(lead, tx=tx)
    with pytest.raises(NotFound), db.transaction(write=False) as tx:
        calendar_address.reader(tx, second)


def test_leads_hear_of_the_end_once_when_it_is_near_and_once_when_it_is_past(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    far = teams.team(lead, end_date=TODAY + timedelta(days=30))
    near = teams.team(lead, name="Near", access="private", end_date=TODAY + timedelta(days=5))
    late = teams.team(lead, name="Late", end_date=TODAY - timedelta(days=3))
    teams.team(lead, status="closed", end_date=TODAY - timedelta(days=3))
    teams.team(lead, status="forming", end_date=TODAY - timedelta(days=3))
    for _ in range(3):
        notifications.tell_of_end_dates(db)
    assert sorted(title.split()[0] for title in titles(db, lead)) == ["Late", "Near"]
    assert "Late is 3 days past its end date" in titles(db, lead)
    with db.transaction(write=False) as tx:
        kinds = [row.kind for row in tx.session.query(EventRow) if row.kind in ("TeamEndNear", "TeamOverdue")]
    assert sorted(kinds) == ["TeamEndNear", "TeamOverdue"]
    with db.transaction(write=True) as tx:
        service.extend(SYSTEM, tx=tx, team_id=late, end_date=TODAY + timedelta(days=40), reason="Snow")
    notifications.tell_of_end_dates(db)
    assert [title.split()[0] for title in titles(db, lead)] == ["Near"]
    assert far != near


def test_a_milestone_is_not_before_the_start_of_its_team(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    with db.transaction(write=False) as tx:
        start = queries.team(SYSTEM, tx=tx, team_id=team_id).start_date
    early = start - timedelta(days=1)
    says = f"started on {start.day} .* {start.year}"
    with pytest.raises(Invalid, match=says) as refused, db.transaction(write=True) as tx:
        timeline.add_milestone(lead, tx=tx, team_id=team_id, title="Tested", due=early)
    assert refused.value.field == "due"
    with db.transaction(write=True) as tx:
        number = timeline.add_milestone(lead, tx=tx, team_id=team_id, title="Tested", due=start)
    change = {"team_id": team_id, "milestone_id": number, "title": "Tested again"}
    with pytest.raises(Invalid), db.transaction(write=True) as tx:
        timeline.change_milestone(lead, tx=tx, due=early, **change)


def test_a_question_that_was_taken_out_is_not_answered(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead, status="finishing")
    with db.transaction(write=False) as tx:
        draft = closing.drafted(lead, tx=tx, team=queries.team(lead, tx=tx, team_id=team_id))
    assert unanswered(draft) == list(ASKED)
    emptied = "\n".join(line for line in draft.splitlines() if QUESTION not in line)
    assert unanswered(emptied) == list(ASKED)
    answered = emptied.replace(f"## {STANDS}", f"## {STANDS}\n\nThree days, by our own count.")
    assert unanswered(answered) == [AGAIN, FIRST]
    answered = answered.replace(f"## {AGAIN}", f"## {AGAIN}\n### First\nTest with two councils.")
    assert unanswered(answered) == [FIRST]
    assert unanswered(f"{answered}\nAsk early.") == []
    bare = "\n".join(line for line in emptied.splitlines() if not line.startswith("## "))
    assert unanswered(bare) == [LEARNT]
    assert unanswered(f"{bare}\nAsk early.\n\n{QUESTION} and then?") == [LEARNT]
    assert unanswered("We halved it.") == []
    assert unanswered(f"We halved it. {QUESTION} why?") == ["why?"]
