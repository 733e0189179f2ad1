"""A team's work for the world of tests: milestones, items, decisions, a moved end, a report, each with own words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.teams import closing, decisions, open_items, stances, timeline
from tests.build.canaries import canary


def work_of(db: Database, mode: str, team_id: int, actors: Mapping[str, Actor]) -> dict[str, int]:
    """Make it all; ids by the names that the matrix uses."""
    lead, member, board = (actors[name] for name in ("lead", "member", "board"))
    report = closing.typed(f"# What came of it\n\nWe learnt {canary(mode, 'report')}.")
    with db.transaction(write=True) as tx:
        made = _items(tx, mode, team_id, lead, member)
        for key in ("milestone", "reached"):
            made[key] = timeline.add_milestone(
                lead, tx=tx, team_id=team_id, title=f"By then {canary(mode, key)}", due=date(2036, 5, 1)
            )
        timeline.reach_milestone(lead, tx=tx, team_id=team_id, milestone_id=made["reached"])
        made["decision"] = decisions.record_decision(
            lead,
            tx=tx,
            team_id=team_id,
            text=f"We take {canary(mode, 'decision')}.",
            decided_on=date(2026, 9, 9),
            decided_by=canary(mode, "decidedby"),
        )
        # Without the service, which would make another version of the charter.
        timeline.note_end_date(
            tx,
            team_id,
            before=date(2026, 12, 1),
            after=date(2026, 9, 1) + timedelta(days=3650),
            reason=canary(mode, "reason"),
            person_id=board.person_id,
        )
        stances.take(member, tx=tx, team_id=team_id, stance="content")
        closing.save_report(lead, tx=tx, team_id=team_id, report=report, base_version=0)
    return made


def _items(tx: Tx, mode: str, team_id: int, lead: Actor, member: Actor) -> dict[str, int]:
    made = {}
    for key in ("item", "finished", "handed"):
        made[key] = open_items.add(
            lead,
            tx=tx,
            team_id=team_id,
            title=f"Ask about {canary(mode, key)}",
            href="/library",
            owner_id=member.person_id,
        )
    open_items.finish(member, tx=tx, team_id=team_id, item_id=made["finished"])
    to, note = canary(mode, "handedto"), canary(mode, "handednote")
    open_items.hand_over(lead, tx=tx, team_id=team_id, item_id=made["handed"], to=to, note=note)
    made["free"] = open_items.add(lead, tx=tx, team_id=team_id, title=f"Find {canary(mode, 'free')}")
    made["kept"] = open_items.keep(
        SYSTEM,
        tx=tx,
        team_id=team_id,
        source=open_items.Source(f"test{mode}", team_id),
        title=f"From elsewhere {canary(mode, 'kept')}",
        href="/teams",
    )
    return made
