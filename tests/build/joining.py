"""In each team of a world: who is invited, who asks to join, who is a guest, and a lead that is offered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.mail import links
from cop.teams import guests, hand_over, invitations, requests
from cop.teams.invitations import Wish
from tests.build.community import Community


class Inviting:
    """A lead who invites, and what became of it."""

    def __init__(self, db: Database, lead: Actor) -> None:
        self.db, self.lead = db, lead

    def guest(self, actor: Actor, address: str, team_id: int, thread_id: int | None) -> int:
        """Somebody becomes a guest, of one thread or of the whole team; the id of their standing."""
        thing = "thread" if thread_id is not None else None
        number = self.invite(team_id, Wish(address, "guest", "hr", thing=thing, thing_id=thread_id))
        with self.db.transaction(write=True) as tx:
            invitations.accept(actor, tx=tx, invitation_id=number)
        with self.db.transaction(write=False) as tx:
            return guests.own(actor, tx=tx, team_id=team_id)[0].id

    def invite(self, team_id: int, wish: Wish) -> int:
        """An invitation by the lead."""
        with self.db.transaction(write=True) as tx:
            return invitations.invite(self.lead, tx=tx, team_id=team_id, wish=wish)

    def token(self, invitation_id: int) -> str:
        """A link as the worker would have written it into the newest mail."""
        with self.db.transaction(write=True) as tx:
            mail_id = tx.session.execute(
                text("SELECT max(id) FROM mail WHERE purpose = :purpose AND subject_id = :id"),
                {"purpose": invitations.MAIL, "id": invitation_id},
            ).scalar_one()
            return links.mint(tx, mail_id=mail_id, lives=timedelta(days=1))

    def use(self, invitation_id: int, actor: Actor) -> None:
        """Take an invitation up by its link."""
        token = self.token(invitation_id)
        with self.db.transaction(write=True) as tx:
            invitations.accept_by_link(actor, tx=tx, invitation_id=invitation_id, token=token)


class Joining(Inviting):
    """Makes what the pages of joining are about; ids by name."""

    def __init__(self, db: Database, community: Community, lead: Actor) -> None:
        super().__init__(db, lead)
        self.visitor = community.person("Given Visitor", kind="supplier", email="visitor@elsewhere.example")
        self.asker = community.person("Given Asker", email="asker@elsewhere.example")

    def of_team(self, team_id: int, thread_id: int, *, note: str, address: str) -> dict[str, int]:
        """An open invitation, one that somebody else used, a guest of the thread, and a request to join."""
        found = {"invitation": self.invite(team_id, Wish(address, "member", "hr", note))}
        wish = Wish(f"wait{team_id}@elsewhere.example", "guest", "hr", thing="thread", thing_id=thread_id)
        found["waiting"] = self.invite(team_id, wish)
        self.use(found["waiting"], self.visitor)
        found["guest"] = self.guest(self.asker, "asker@elsewhere.example", team_id, thread_id)
        with self.db.transaction(write=True) as tx:
            found["request"] = requests.ask(self.asker, tx=tx, team_id=team_id, note=note)
        return found

    def leads(self, team_id: int, member_id: int, member: Actor) -> dict[str, int]:
        """An offer of the lead that was declined, and one that stands."""
        found = {"declined_offer": self._offer(team_id, member_id)}
        with self.db.transaction(write=True) as tx:
            hand_over.turn_down(member, tx=tx, offer_id=found["declined_offer"])
        return {**found, "offer": self._offer(team_id, member_id)}

    def declined_request(self, actor: Actor, team_id: int) -> int:
        """Somebody asked and was told no."""
        with self.db.transaction(write=True) as tx:
            number = requests.ask(actor, tx=tx, team_id=team_id, note="")
        with self.db.transaction(write=True) as tx:
            requests.decline(self.lead, tx=tx, request_id=number, answer="Later.")
        return number

    def _offer(self, team_id: int, member_id: int) -> int:
        with self.db.transaction(write=True) as tx:
            hand_over.offer(self.lead, tx=tx, team_id=team_id, member_id=member_id)
            offer = hand_over.own_open(self.lead, tx=tx, team_id=team_id)
            assert offer is not None
            return offer.id
