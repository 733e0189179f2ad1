"""Every kind of email × every actor: may they be sent it, spelled out by hand from PRODUCT.md and the issue.

A notice may be told to whoever may open what it is about, so its row names an address of matrix_table.py whose letters
decide. A letter that is not a notice names what it is about in each case, and who is sent it then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text

from cop.accounts import joining, merging, second_step
from cop.accounts.letters import SIGN_IN
from cop.accounts.models import MergeRow
from cop.kernel.access import ANONYMOUS
from cop.library import hearing
from cop.library.service import REVIEW
from cop.notifications.service import AT_ONCE, DIGEST
from cop.teams import invitations
from cop.teams.invitations import Wish
from cop.threads import settling
from tests.build.stage import Stage


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of notice: what it is about, the row that says who may open that, and who of those is never told."""

    about: str
    like: str
    never: frozenset[str] = frozenset()


OTHER_LEADS = frozenset({"lead_and_librarian", "signed_out", "away_too_long"})

# The kind, as it is provided to cop/notifications/kinds.py.
NOTICES: dict[str, Told] = {
    hearing.KIND: Told("{network}", "GET /library/{network}"),
    # The owner: while there is one, nobody else is asked, whoever else could review it.
    REVIEW: Told(
        "{due}",
        "GET /library/{due}/review",
        OTHER_LEADS | {"lead", "facilitator", "librarian", "board_and_librarian", "facilitator_and_admin"},
    ),
    "mention": Told("{post}", "GET /posts/{post}"),
    # These two joined after everything was written: nothing in the thread is new to them.
    "news": Told("{thread}", "GET /threads/{thread}", frozenset({"signed_out", "away_too_long"})),
    "joining": Told("{waits}", "GET /organisations/{organisation}/people"),
    "invited": Told("{own_invitation}", "GET /invitations/{own_invitation}"),
    "invitation_answered": Told("{waiting}", "GET /teams/{team}/joining"),
    "asked_to_join": Told("{request}", "GET /teams/{team}/joining/requests/{request}"),
    # The officer asked, as they were invited.
    "join_answered": Told("{answered_request}", "GET /invitations/{own_invitation}"),
    "lead_offered": Told("{offer}", "GET /lead-offers/{offer}"),
    # Whoever offered it, and no other lead.
    "lead_answered": Told("{declined_offer}", "POST /teams/{team}/lead/withdraw", OTHER_LEADS),
    "open_item": Told("{item}", "GET /teams/{team}/items/{item}"),
    "open_item_free": Told("{free}", "GET /teams/{team}/charter"),
    settling.REPORTED: Told("{reported}", "GET /posts/{reported}/decide"),
    settling.HIDDEN: Told("{hidden}", "GET /posts/{restored}/edit"),
    settling.RESTORED: Told("{restored}", "GET /posts/{restored}/edit"),
    settling.ANSWERED: Told("{answered}", "GET /reports/{answered}"),
    "team_opened": Told("{team}", "GET /teams/{team}/timeline"),
    "team_end": Told("{team}", "GET /teams/{team}/charter"),
}

NEVER, ALWAYS = (lambda name: False), (lambda name: True)


@dataclass(frozen=True, slots=True)
class Case:
    """A letter about something: `subject(stage, name)` makes or finds that, `sent(name)` says whether it goes out.

    `stops`: it carries the link that takes its reader off a list, though they asked for it.
    `at_home`: its links lead to pages of one's own, which ask whoever is signed out to sign in.
    """

    subject: Callable[[Stage, str], int]
    sent: Callable[[str], bool]
    stops: bool = False
    at_home: bool = False


def _person(stage: Stage, name: str) -> int:
    return stage.world.actors[name].person_id or 0


def _registration(state: str) -> Callable[[Stage, str], int]:
    """Somebody with the actor's own address, or with a new one, asked for an account and came as far as `state`."""

    def make(stage: Stage, name: str) -> int:
        person_id, db = _person(stage, name), stage.db
        with db.transaction(write=True) as tx:
            address = tx.session.scalar(text("SELECT email FROM person WHERE id = :id"), {"id": person_id})
            organisation = stage.world.actors["officer"].organisation_id or 0
            let_in = person_id or _person(stage, "officer")
            email = address or "new@elsewhere.example"
            joining.ask(
                ANONYMOUS, tx=tx, asked=joining.Asked(email, "Given New", "Buyer", "legal", organisation)
            )
            number: int = tx.session.execute(text("SELECT max(id) FROM registration")).scalar_one()
            tx.session.execute(
                text("UPDATE registration SET state = :state, person_id = :person WHERE id = :id"),
                {"state": state, "id": number, "person": let_in if state == "approved" else None},
            )
        return number

    return make


def _signs_in(name: str) -> bool:
    return name != "anonymous" and not name.startswith("suspended")


def _invitation(change: str) -> Callable[[Stage, str], int]:
    """Somebody's own address, or a new one, is invited to the private team; then something happens to that."""

    def make(stage: Stage, name: str) -> int:
        person_id, db, place = _person(stage, name), stage.db, stage.world.places["private"]
        with db.transaction(write=True) as tx:
            address = tx.session.scalar(text("SELECT email FROM person WHERE id = :id"), {"id": person_id})
            wish = Wish(
                address or "new@elsewhere.example", "guest", "hr", "canaryprivatepost", thing="thread",
                thing_id=place.thread,
            )  # fmt: skip
            number = invitations.invite(stage.world.actors["lead"], tx=tx, team_id=place.team, wish=wish)
            if change:
                tx.session.execute(
                    text(f"UPDATE team_invitation SET {change} WHERE id = :id"), {"id": number}
                )
        return number

    return make


def _left(change: str) -> Callable[[Stage, str], int]:
    """Somebody's own address, or a new one, was left for a document everybody may read; then something happens."""

    def make(stage: Stage, name: str) -> int:
        asset_id = stage.world.places["private"].assets["public"]
        with stage.db.transaction(write=True) as tx:
            known = text("SELECT email FROM person WHERE id = :id")
            address = tx.session.scalar(known, {"id": _person(stage, name)})
            email = address or "new@elsewhere.example"
            hearing.ask(ANONYMOUS, tx=tx, asset_id=asset_id, email=email)
            number: int = tx.session.execute(text("SELECT max(id) FROM address_to_tell")).scalar_one()
            tx.session.execute(text(change), {"id": number})
        return number

    return make


def _merge(state: str, *, kept: bool) -> Callable[[Stage, str], int]:
    """The actor's account, or the officer's, is one of two that become one; the other is one of two twins."""

    def make(stage: Stage, name: str) -> int:
        person_id = _person(stage, name) or _person(stage, "officer")
        with stage.db.transaction(write=True) as tx:
            twin = int(stage.world.arrivals["twin"])
            pair = (person_id, twin) if kept else (twin, person_id)
            proved = tx.now() if state != "asked" else None
            row = MergeRow(
                kept_id=pair[0], closed_id=pair[1], state="done" if state == "done" else "asked", asked_at=tx.now(),
                kept_proved_at=proved, closed_proved_at=proved, reason="The same" if state == "done" else "",
            )  # fmt: skip
            tx.session.add(row)
            tx.session.flush()
            return row.id

    return make


def _not_stopped(name: str) -> bool:
    return not name.startswith("suspended")


ASKED = "UPDATE address_to_tell SET proved_at = NULL WHERE id = :id"
PROVED = "UPDATE address_to_tell SET proved_at = asked_at WHERE id = :id"
TAKEN_OFF = "DELETE FROM address_to_tell WHERE id = :id"
NOT_PUBLIC = (
    "UPDATE asset SET audience = 'network' WHERE id = (SELECT asset_id FROM address_to_tell WHERE id = :id)"
)

# The purpose, as it is added to cop/mail/post.py, and each case of it by a few words.
LETTERS: dict[str, dict[str, Case]] = {
    SIGN_IN: {"of that person": Case(_person, _signs_in)},
    joining.PROVE: {
        # Also to whoever has an account: it then says so, to nobody but the reader of that address.
        "asked": Case(_registration("asked"), ALWAYS),
        "proved": Case(_registration("proved"), ALWAYS),
        "approved": Case(_registration("approved"), NEVER),
        "refused": Case(_registration("refused"), NEVER),
    },
    joining.APPROVED: {
        "asked": Case(_registration("asked"), NEVER),
        "proved": Case(_registration("proved"), NEVER),
        # Unless they were stopped meanwhile.
        "approved": Case(_registration("approved"), lambda name: not name.startswith("suspended")),
        "refused": Case(_registration("refused"), NEVER),
    },
    invitations.MAIL: {
        "open": Case(_invitation(""), ALWAYS),
        "withdrawn": Case(_invitation("state = 'withdrawn'"), NEVER),
        "declined": Case(_invitation("state = 'declined'"), NEVER),
        "waits": Case(_invitation("state = 'waits'"), NEVER),
        "accepted": Case(_invitation("state = 'accepted'"), NEVER),
        "its time is over": Case(_invitation("expires_at = invited_at"), NEVER),
    },
    hearing.PROVE: {
        "asked": Case(_left(ASKED), ALWAYS, stops=True),
        # It then says so, to nobody but the reader of that address.
        "proved": Case(_left(PROVED), ALWAYS, stops=True),
        "taken off": Case(_left(TAKEN_OFF), NEVER),
        "no longer public": Case(_left(NOT_PUBLIC), NEVER),
    },
    hearing.TELL: {
        "asked": Case(_left(ASKED), NEVER),
        "proved": Case(_left(PROVED), ALWAYS, stops=True),
        "taken off": Case(_left(TAKEN_OFF), NEVER),
        "no longer public": Case(_left(NOT_PUBLIC), NEVER),
    },
    joining.REFUSED: {
        "asked": Case(_registration("asked"), NEVER),
        "proved": Case(_registration("proved"), NEVER),
        "approved": Case(_registration("approved"), NEVER),
        "refused": Case(_registration("refused"), ALWAYS),
    },
    # About how somebody signs in, to nobody else; of use only to who can.
    # Of two accounts each is asked, and told, at its own address; the closed one is stopped by then.
    merging.PROVE_KEPT: {
        "asked": Case(_merge("asked", kept=True), _not_stopped),
        "proved": Case(_merge("proved", kept=True), NEVER),
        "done": Case(_merge("done", kept=True), NEVER),
    },
    merging.PROVE_CLOSED: {
        "asked": Case(_merge("asked", kept=False), _not_stopped),
        "proved": Case(_merge("proved", kept=False), NEVER),
        "done": Case(_merge("done", kept=False), NEVER),
    },
    merging.DONE_KEPT: {
        "proved": Case(_merge("proved", kept=True), NEVER),
        "done": Case(_merge("done", kept=True), _not_stopped),
    },
    merging.DONE_CLOSED: {
        "proved": Case(_merge("proved", kept=False), NEVER),
        "done": Case(_merge("done", kept=False), ALWAYS),
    },
    second_step.TURNED_OFF: {"of that person": Case(_person, _signs_in, at_home=True)},
    second_step.RECOVERED: {"of that person": Case(_person, _signs_in, at_home=True)},
}
OF_NOTICES = frozenset({DIGEST, AT_ONCE})
"""Purposes that carry notices; each kind of notice is asked in both."""
