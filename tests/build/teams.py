"""Teams and threads for tests, made by the real services with sensible defaults."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database
from cop.teams.closing import save_report, typed
from cop.teams.service import Charter, Placed, add_member, load_team
from cop.threads.service import reply, start_thread
from cop.threads.texts import written

START = date(2026, 11, 2)


def charter(name: str = "Agency staff", **changes: object) -> Charter:
    """A complete charter, open to read and far from its end, with changes."""
    values: dict[str, object] = {
        "name": name,
        "question": "How might councils halve off-contract agency hours?",
        "start_date": START,
        "end_date": utc_now().date() + timedelta(days=30),
        "ambition": "50% fewer off-contract hours",
        "ambition_by": date(2027, 3, 31),
        "functions_wanted": frozenset({"finance", "legal"}),
    }
    return Charter(**{**values, **changes})  # type: ignore[arg-type]


@dataclass
class Teams:
    """Builds teams and threads on a database."""

    db: Database
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def team(
        self,
        lead: Actor,
        *,
        access: str = "open",
        status: str = "active",
        members: Sequence[tuple[Actor, str, str]] = (),
        **changes: object,
    ) -> int:
        """A team in any state; `members` are (actor, role, function) beside the lead. Returns its id."""
        assert lead.person_id is not None
        places = [Placed(lead.person_id, "lead", "procurement", "", utc_now())]
        for actor, role, function in members:
            assert actor.person_id is not None
            places.append(Placed(actor.person_id, role, function, "", utc_now()))
        name = str(changes.pop("name", f"Team Number{next(self.numbers)}"))
        with self.db.transaction(write=True) as tx:
            return load_team(
                SYSTEM,
                tx=tx,
                charter=charter(name, access_mode=access, **changes),
                status=status,
                people=places,
                created_at=tx.now(),
            )

    def join(self, team_id: int, actor: Actor, *, role: str = "member", function: str = "finance") -> None:
        """Put somebody on a team."""
        assert actor.person_id is not None
        with self.db.transaction(write=True) as tx:
            add_member(
                SYSTEM, tx=tx, team_id=team_id, person_id=actor.person_id, role=role, function=function
            )

    def report(self, team_id: int, words: str = "We halved it.") -> None:
        """A closing report, as a team that closes has one."""
        with self.db.transaction(write=True) as tx:
            save_report(SYSTEM, tx=tx, team_id=team_id, report=typed(words), base_version=0)

    def thread(self, actor: Actor, team_id: int, *bodies: str, title: str = "What providers told us") -> int:
        """A thread by one author, with a post for each body. Returns its id."""
        first, *more = [written(body) for body in bodies or ("The first post",)]
        with self.db.transaction(write=True) as tx:
            thread_id = start_thread(actor, tx=tx, team_id=team_id, title=title, body=first).thread_id
        for body in more:
            with self.db.transaction(write=True) as tx:
                reply(actor, tx=tx, thread_id=thread_id, body=body)
        return thread_id
