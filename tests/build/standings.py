"""People whose standing follows from that of others: two roles at once, one who left, one who was stopped, one on a
single team, an admin of another organisation. They are added to a world before anything reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text

from cop.accounts import service as accounts
from cop.accounts import sessions
from cop.kernel.access import SYSTEM, Actor
from cop.notifications import service as notices
from cop.teams import guests
from cop.teams import queries as team_queries
from cop.teams import service as teams
from cop.threads import service as threads
from cop.threads.texts import written
from tests.build.joining import Inviting
from tests.build.world import MODES, World


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands: their organisation, their roles, their place on which teams, and what became of them."""

    organisation: tuple[str, str | None]
    roles: tuple[str, ...] = ()
    place: str | None = None
    modes: tuple[str, ...] = MODES
    fate: str = ""
    guest_of: str = ""


# Their kind, and a name where it is not the one of the world.
COUNCIL = ("council", None)
ELSEWHERE = ("council", "Borough of Elsewhere")
SUPPLIER = ("supplier", None)
RIVAL = ("supplier", "Rival Limited")
GROUP = ("community", None)

STANDINGS: dict[str, Standing] = {
    "another_officer": Standing(ELSEWHERE),
    "another_member": Standing(ELSEWHERE, place="member"),
    "admin_elsewhere": Standing(ELSEWHERE, roles=("organisation_admin",)),
    "admin_of_a_supplier": Standing(RIVAL, roles=("organisation_admin",)),
    "board_and_librarian": Standing(COUNCIL, roles=("board", "librarian")),
    "lead_and_librarian": Standing(COUNCIL, roles=("librarian",), place="lead"),
    "member_and_board": Standing(COUNCIL, roles=("board",), place="member"),
    "facilitator_and_admin": Standing(COUNCIL, roles=("platform_admin",), place="facilitator"),
    "on_one_team": Standing(SUPPLIER, place="member", modes=("private",)),
    "resident_on_one_team": Standing(GROUP, place="member", modes=("private",)),
    "officer_on_one_team": Standing(ELSEWHERE, place="member", modes=("private",)),
    "thread_guest": Standing(RIVAL, guest_of="thread"),
    "team_guest": Standing(RIVAL, guest_of="team"),
    "no_guest_any_more": Standing(RIVAL, guest_of="thread", fate="no guest any more"),
    "left_the_team": Standing(COUNCIL, place="member", fate="left the team"),
    "supplier_left_the_team": Standing(SUPPLIER, place="member", fate="left the team"),
    "lost_a_role": Standing(COUNCIL, roles=("board", "librarian"), fate="lost the roles"),
    "suspended": Standing(COUNCIL, place="lead", fate="suspended"),
    "suspended_admin": Standing(COUNCIL, roles=("platform_admin",), fate="suspended"),
    "signed_out": Standing(COUNCIL, place="lead", fate="signed out"),
    "away_too_long": Standing(COUNCIL, place="lead", fate="away too long"),
}
GONE = frozenset(
    name for name, each in STANDINGS.items() if each.fate in ("suspended", "signed out", "away too long")
)
"""They carry a cookie that is worth nothing any more."""


@dataclass
class Others:
    """These people in a world: the token each carries, and what stands for them in place of a team's things."""

    world: World
    tokens: dict[str, str] = field(default_factory=dict)
    own: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        world = self.world
        for name, standing in STANDINGS.items():
            self._add(name, standing)
        everybody = [world.actors[name].person_id or 0 for name in STANDINGS]
        with world.db.transaction(write=True) as tx:
            number = int(world.arrivals["waits"])
            notices.tell(SYSTEM, tx=tx, kind="joining", subject_id=number, person_ids=everybody)

    def _add(self, name: str, standing: Standing) -> None:
        world = self.world
        actor = world.community.person(
            f"Given {name.replace('_', ' ').title()}",
            kind=standing.organisation[0],
            organisation=standing.organisation[1],
            roles=standing.roles,
            email=f"{name.replace('_', '.')}@elsewhere.example",
        )
        world.actors[name] = actor
        world.calendars[name] = world._calendar(actor)
        for mode in standing.modes if standing.place else ():
            self._join(name, actor, mode, standing.place or "")
        if standing.guest_of:
            self._visit(name, actor, standing)
        if standing.fate == "left the team":
            for mode in standing.modes:
                self._write_and_leave(name, actor, mode)
        if standing.fate == "lost the roles":
            with world.db.transaction(write=True) as tx:
                accounts.set_roles(SYSTEM, tx=tx, person_id=actor.person_id or 0, roles=())
        self.tokens[name] = self._token(actor, standing.fate)

    def _visit(self, name: str, actor: Actor, standing: Standing) -> None:
        """In every team a guest of the thread, or of the team as a whole."""
        world, address = self.world, f"{name.replace('_', '.')}@elsewhere.example"
        invites = Inviting(world.db, world.actors["lead"])
        for place in world.places.values():
            thread = place.thread if standing.guest_of == "thread" else None
            guest_id = invites.guest(actor, address, place.team, thread)
            if standing.fate == "no guest any more":
                with world.db.transaction(write=True) as tx:
                    guests.end(actor, tx=tx, team_id=place.team, guest_id=guest_id)

    def _join(self, name: str, actor: Actor, mode: str, role: str) -> None:
        with self.world.db.transaction(write=True) as tx:
            teams.add_member(
                SYSTEM,
                tx=tx,
                team_id=self.world.places[mode].team,
                person_id=actor.person_id or 0,
                role=role,
                function="legal",
            )

    def _write_and_leave(self, name: str, actor: Actor, mode: str) -> None:
        """Leave a post and two documents of one's own behind: what one wrote gives no way back in."""
        world, place = self.world, self.world.places[mode]
        with world.db.transaction(write=True) as tx:
            body = written("Somebody wrote this before they left.")
            post = threads.reply(actor, tx=tx, thread_id=place.thread, body=body).post_id
        draft = world._asset(f"{name}{mode}draft", place.team, "public", "draft", owner=name)
        team_only = world._asset(f"{name}{mode}team", place.team, "team", "published", owner=name)
        with world.db.transaction(write=True) as tx:
            member = next(
                row.id
                for row in team_queries.members(SYSTEM, tx=tx, team_id=place.team)
                if row.person.id == actor.person_id
            )
            teams.remove_member(actor, tx=tx, team_id=place.team, member_id=member)
        self.own[name, mode] = {"post": post, "draft": draft, "team_only": team_only}

    def _token(self, actor: Actor, fate: str) -> str:
        world, person = self.world, actor.person_id or 0
        token, hashed = world.community.session(actor)
        with world.db.transaction(write=True) as tx:
            if fate == "suspended":
                accounts.suspend(SYSTEM, tx=tx, person_id=person)
            if fate == "signed out":
                sessions.revoke(tx, person_id=person)
            if fate == "away too long":
                # One session that nobody used for years, and that has not ended.
                statement = text(
                    "UPDATE login_session SET seen_at = '2020-01-01 00:00:00' WHERE token_hash = :it"
                )
                tx.session.execute(statement, {"it": hashed})
        if fate == "suspended":
            # Suspending ends every session. One that is made all the same is worth nothing either.
            token, _ = world.community.session(actor)
        return token
