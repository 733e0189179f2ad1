"""A small world in which everything has a reader and a stranger: people of every standing, a team of each access mode,
and in every private field a word that stands nowhere else, so that a leak is found by looking for the word.

`tests/integration/test_matrix.py` spells out who may do what in it, the browser tests live in it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pyotp
from sqlalchemy import text

from cop.accounts import domains, joining, memberships, second_step
from cop.accounts import queries as accounts_queries
from cop.accounts import service as accounts
from cop.accounts.letters import SIGN_IN
from cop.accounts.merging import PROVE_CLOSED
from cop.files.intake import Received, receive
from cop.files.store import FileStore
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.library import hearing, reviews, versions
from cop.library import service as library
from cop.library.hearing import Waiting
from cop.library.service import Details, History
from cop.library.versions import Moments, Said
from cop.mail import links
from cop.mail import service as mail
from cop.notifications import service as notices
from cop.teams import calendar_address
from cop.teams import queries as team_queries
from cop.teams import service as teams
from cop.teams.invitations import Wish
from cop.teams.service import Charter, Placed
from cop.threads import attachments, drafts, endings, reports, settling
from cop.threads import service as threads
from cop.threads.texts import written
from cop.web.dates import in_london
from tests.build.canaries import canary
from tests.build.community import Community
from tests.build.joining import Joining
from tests.build.merging import ask, merged, proved, token
from tests.build.splitting import in_two
from tests.build.teamwork import work_of
from tests.data.sample_pictures import telling

MODES = ("open", "network", "private")
AUDIENCES = ("public", "network", "team")
START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
MEGABYTE = 1024 * 1024

# Name: organisation's kind, roles, place on every team.
PEOPLE: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "supplier": ("supplier", (), None),
    "resident": ("community", (), None),
    "officer": ("council", (), None),
    "guest": ("supplier", (), "member"),
    "member": ("council", (), "member"),
    "lead": ("council", (), "lead"),
    "facilitator": ("consortium", (), "facilitator"),
    "board": ("council", ("board",), None),
    "librarian": ("council", ("librarian",), None),
    "organisation_admin": ("council", ("organisation_admin",), None),
    "admin": ("central", ("platform_admin",), None),
}
__all__ = ["ACTORS", "AUDIENCES", "FUNCTIONS", "MODES", "PEOPLE", "START", "Place", "World", "canary"]

ACTORS = ("anonymous", *PEOPLE)
FUNCTIONS = {"lead": "procurement", "facilitator": "finance", "member": "legal", "guest": "supplier"}


@dataclass
class Place:
    """A team of one access mode and what belongs to it, by id."""

    mode: str
    team: int
    thread: int = 0
    posts: dict[str, int] = field(default_factory=dict)
    draft: int = 0
    ended: int = 0
    """A thread of the lead's that is concluded and locked, and has a summary."""
    members: dict[str, int] = field(default_factory=dict)
    assets: dict[str, int] = field(default_factory=dict)
    joining: dict[str, int] = field(default_factory=dict)
    moderated: int = 0
    """A thread with posts that were reported, hidden and shown again."""
    reports: dict[str, int] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    """What the lead's post carries: a document and a picture."""


class World:
    """Builds it all on a database and in a store of files; what needs a worker (texts, the index) is left to one."""

    def __init__(self, db: Database, store: FileStore) -> None:
        self.db = db
        self.store = store
        self.community = Community(db)
        self.actors: dict[str, Actor] = {"anonymous": ANONYMOUS}
        self.places: dict[str, Place] = {}
        self.assets: dict[str, int] = {}
        self.interests: dict[str, int] = {}
        self._people()
        for mode in MODES:
            self.places[mode] = self._place(mode)
        self._own_assets()
        self.second_step()
        self.calendars = {
            name: self._calendar(actor) for name, actor in self.actors.items() if actor.signed_in
        }
        self._second_organisation()
        self.arrivals: dict[str, int | str] = {}
        self._joining()
        self._arrivals()
        self.left = self._address_left()
        self._merges()
        self.arrivals["parked"] = self._given_up()

    def _merges(self) -> None:
        """Two pairs of accounts: one was merged, of one the addresses wait to be proved; and one pair is proved."""
        twins = [self.community.person(f"Given Twin{number}", kind="community") for number in range(4)]
        reason = f"They said so, {canary('merged', 'reason')}."
        self.arrivals["was_merged"] = merged(self.db, twins[0], twins[1], reason=reason)
        self.arrivals["merge"] = proved(self.db, self.actors["resident"], self.actors["supplier"])
        asked = ask(self.db, twins[2], twins[3])
        self.arrivals["merge_token"] = token(self.db, asked, PROVE_CLOSED)
        self.arrivals["twin"] = twins[2].person_id or 0

    def _given_up(self) -> int:
        """A delivery that the worker gave up on."""
        with self.db.transaction(write=True) as tx:
            return int(
                tx.session.execute(
                    text(
                        "INSERT INTO delivery (event_id, consumer, not_before, attempts, parked, last_error) "
                        "SELECT min(id), 'arrivals', min(at), 8, true, 'ValueError. The log says more.' FROM event "
                        "RETURNING id"
                    )
                ).scalar_one()
            )

    def _address_left(self) -> Waiting:
        """An address that somebody left for a document; only the mails to it may name it."""
        asset_id = self.places["open"].assets["public"]
        email = f"{canary('left', 'mail')}@testshire.example"
        with self.db.transaction(write=True) as tx:
            hearing.ask(ANONYMOUS, tx=tx, asset_id=asset_id, email=email)
            number = tx.session.execute(text("SELECT max(id) FROM address_to_tell")).scalar_one()
            found = hearing.waiting(SYSTEM, tx=tx, address_id=number)
        assert found is not None
        self.arrivals["tell_token"] = self._token(hearing.PROVE, number)
        return found

    def _arrivals(self) -> None:
        """Who waits to be let in, who has not proved an address yet, a domain, and links that mails carried."""
        officer = self.actors["officer"]
        organisation_id = officer.organisation_id or 0
        everybody = [actor.person_id for actor in self.actors.values() if actor.person_id]
        for name in ("waits", "proves"):
            email = (
                f"{canary(name, 'mail')}@testshire.example" if name == "waits" else "proves@testshire.example"
            )
            asked = joining.Asked(email, "Given Arrival", "Buyer", "legal", organisation_id)
            with self.db.transaction(write=True) as tx:
                joining.ask(ANONYMOUS, tx=tx, asked=asked)
                number = tx.session.execute(text("SELECT max(id) FROM registration")).scalar_one()
                self.arrivals[name] = number
            token = self._token(joining.PROVE, number)
            if name == "waits":
                with self.db.transaction(write=True) as tx:
                    joining.prove(ANONYMOUS, tx=tx, token=token)
            else:
                self.arrivals["prove_token"] = token
        self.arrivals["sign_in_token"] = self._token(SIGN_IN, officer.person_id or 0)
        with self.db.transaction(write=True) as tx:
            domains.add(SYSTEM, tx=tx, organisation_id=organisation_id, domain="testshire.gov.uk")
            self.arrivals["domain"] = tx.session.execute(
                text("SELECT max(id) FROM organisation_domain")
            ).scalar_one()
            # Told to all of them; to those who may not see who waits it must not show.
            number = int(self.arrivals["waits"])
            notices.tell(SYSTEM, tx=tx, kind="joining", subject_id=number, person_ids=everybody)

    def _joining(self) -> None:
        """Invitations, requests, guests and offers in every team, and two invitations to the open one."""
        made = Joining(self.db, self.community, self.actors["lead"])
        for mode, place in self.places.items():
            address = f"{canary(mode, 'invited')}@elsewhere.example"
            place.joining = made.of_team(
                place.team, place.thread, note=f"A note, {canary(mode, 'asked')}.", address=address
            )
            place.joining |= made.leads(place.team, place.members["member"], self.actors["member"])
        team, officer = self.places["open"].team, self.actors["officer"]
        link = made.invite(team, Wish("stranger@elsewhere.example", "member", "hr", "Come."))
        own = made.invite(team, Wish(f"{canary('officer', 'mail')}@testshire.example", "member", "hr"))
        self.arrivals |= {"own_invitation": own, "link_invitation": link, "link_token": made.token(link)}
        self.arrivals["answered_request"] = made.declined_request(officer, team)

    def _token(self, purpose: str, subject_id: int) -> str:
        """A link as the worker would have written it into a mail."""
        with self.db.transaction(write=True) as tx:
            mail_id = mail.queue(SYSTEM, tx=tx, purpose=purpose, subject_id=subject_id)
            return links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))

    def _calendar(self, actor: Actor) -> str:
        """The secret of somebody's calendar address."""
        with self.db.transaction(write=True) as tx:
            return calendar_address.make(actor, tx=tx)

    def _people(self) -> None:
        for name, (kind, roles, _) in PEOPLE.items():
            actor = self.community.person(
                f"Given {name.title().replace('_', ' ')}",
                kind=kind,
                function=FUNCTIONS.get(name, "procurement"),
                roles=roles,
                email=f"{canary(name, 'mail')}@testshire.example",
            )
            self.actors[name] = actor
            with self.db.transaction(write=True) as tx:
                accounts.declare_interest(actor, tx=tx, text=canary(name, "interest"))
                accounts.declare_interest(actor, tx=tx, text=canary(name, "ended"))
            with self.db.transaction(write=True) as tx:
                person = actor.person_id or 0
                kept, ended = accounts_queries.profile(SYSTEM, tx=tx, person_id=person).interests
                self.interests[name] = kept.id
                accounts.withdraw_interest(actor, tx=tx, interest_id=ended.id)

    def _second_organisation(self) -> None:
        """The officer can act for the consortium as well."""
        with self.db.transaction(write=True) as tx:
            memberships.give(
                SYSTEM,
                tx=tx,
                email=f"{canary('officer', 'mail')}@testshire.example",
                organisation_id=self.actors["facilitator"].organisation_id or 0,
            )

    def second_step(self) -> None:
        """The librarian signs in with a second step. Its secret and codes are nobody's to read."""
        librarian, key = self.actors["librarian"], "a key of this world"
        with self.db.transaction(write=True) as tx:
            second_step.begin(librarian, tx=tx)
            secret = second_step.secret_to_scan(librarian, tx=tx, key=key) or ""
            code = pyotp.TOTP(secret).at(tx.now())
            self.secrets = [secret, *second_step.confirm(librarian, tx=tx, key=key, code=code)]

    def fresh_session(self, name: str) -> str:
        """The token of a new session of that person."""
        return self.community.session(self.actors[name])[0]

    def _place(self, mode: str) -> Place:
        charter = Charter(
            name=f"Team {canary(mode, 'name')}",
            question=f"How might we {canary(mode, 'question')}?",
            start_date=START.date(),
            access_mode=mode,
            ambition=f"15% off, {canary(mode, 'ambition')}",
            ambition_by=date(2027, 3, 31),
            measure=canary(mode, "measure"),
            baseline=canary(mode, "baseline"),
            scope_in=f"First point\n{canary(mode, 'scopein')}",
            scope_out=canary(mode, "scopeout"),
            gap_note=canary(mode, "gapnote"),
            end_date=START.date() + timedelta(days=3650),
            functions_wanted=frozenset({"legal", "it"}),
        )
        people = [
            Placed(self.actors[name].person_id or 0, role, FUNCTIONS[name], canary(mode, name, "line"), START)
            for name, (_, _, role) in PEOPLE.items()
            if role is not None
        ]
        with self.db.transaction(write=True) as tx:
            team_id = teams.load_team(
                SYSTEM, tx=tx, charter=charter, status="active", people=people, created_at=START
            )
            place = Place(mode, team_id)
            for row in team_queries.members(SYSTEM, tx=tx, team_id=team_id):
                name = next(key for key, actor in self.actors.items() if actor.person_id == row.person.id)
                place.members[name] = row.id
        self._discussion(place)
        place.work = work_of(self.db, mode, team_id, self.actors) | in_two(
            self.db, mode, team_id, self.actors
        )
        for audience in AUDIENCES:
            place.assets[audience] = self._asset(place.mode + audience, place.team, audience, "published")
        place.assets["draft"] = self._asset(place.mode + "draft", place.team, "public", "draft")
        place.assets["withdrawn"] = self._asset(place.mode + "gone", place.team, "public", "published")
        self._withdraw(place.assets["withdrawn"])
        place.assets["versioned"] = self._versions(mode, place.team)
        place.assets["due"] = self._reviewed(mode, place.team)
        return place

    def _versions(self, mode: str, team_id: int) -> int:
        """An asset whose first version was for the team, whose second is for everybody, and whose third is a draft."""
        asset_id = self._asset(f"{mode}first", team_id, "team", "published")
        member = self.actors["member"]
        with self.db.transaction(write=True) as tx:
            self._version(tx, asset_id, f"{mode}second", START + timedelta(days=1))
        with self.db.transaction(write=True) as tx:
            details = self._details(f"{mode}second", "public", member.person_id)
            library.change_details(SYSTEM, tx=tx, asset_id=asset_id, details=details, revision=2)
            self._version(tx, asset_id, f"{mode}next", None)
        return asset_id

    def _reviewed(self, mode: str, team_id: int) -> int:
        """An asset for officers that was reviewed, and is due to be again; everybody was told, whoever has to do it."""
        asset_id = self._asset(f"{mode}due", team_id, "network", "published")
        member = self.actors["member"]
        with self.db.transaction(write=True) as tx:
            reviews.review(
                member,
                tx=tx,
                asset_id=asset_id,
                version=1,
                until=in_london(tx.now()) + timedelta(days=20),
                note=f"Looked at {canary(mode, 'reviewed')}.",
            )
            everybody = [actor.person_id for actor in self.actors.values() if actor.person_id]
            notices.tell(SYSTEM, tx=tx, kind=library.REVIEW, subject_id=asset_id, person_ids=everybody)
        return asset_id

    def _version(self, tx: Tx, asset_id: int, key: str, published_at: datetime | None) -> None:
        details = self._details(key, "public", None)
        said = Said(
            note=f"Put right {canary(key, 'note')}.",
            title=details.title,
            summary=details.summary,
            regime=details.regime,
            licence=details.licence,
            review_date=details.review_date,
        )
        moments = Moments(START, published_at, self.actors["member"].person_id)
        received = self._received(key)
        versions.load_version(SYSTEM, tx=tx, asset_id=asset_id, said=said, received=received, moments=moments)

    def _discussion(self, place: Place) -> None:
        mode, member, lead = place.mode, self.actors["member"], self.actors["lead"]
        with self.db.transaction(write=True) as tx:
            started = threads.start_thread(
                member,
                tx=tx,
                team_id=place.team,
                title=f"Thread {canary(mode, 'title')}",
                body=written(f"{canary(mode, 'earlier')} stood here."),
            )
            place.thread = started.thread_id
            place.posts["member"] = started.post_id
        with self.db.transaction(write=True) as tx:
            body = written(f"{canary(mode, 'post')} stands here.")
            threads.edit(member, tx=tx, post_id=started.post_id, body=body, base_version=1)
            body = written(f"The lead says {canary(mode, 'reply')}.")
            carried = [*self._carried(mode, "attached"), self._shown(mode)]
            place.posts["lead"] = threads.reply(
                lead, tx=tx, thread_id=place.thread, body=body, files=carried
            ).post_id
            of_it = attachments.of_post(SYSTEM, tx=tx, post_id=place.posts["lead"])
            place.files = dict(
                zip(("attached", "pictured"), (each.file.file_id for each in of_it), strict=True)
            )
            body = written(f"Never again {canary(mode, 'removed')}.")
            place.posts["removed"] = threads.reply(
                member, tx=tx, thread_id=place.thread, body=body, files=self._carried(mode, "taken")
            ).post_id
        with self.db.transaction(write=True) as tx:
            threads.remove(member, tx=tx, post_id=place.posts["removed"])
        # A mention and news that everybody was told of, whoever may read it now.
        everybody = [actor.person_id for actor in self.actors.values() if actor.person_id]
        with self.db.transaction(write=True) as tx:
            for kind, number in (("mention", place.posts["lead"]), ("news", place.thread)):
                notices.tell(SYSTEM, tx=tx, kind=kind, subject_id=number, person_ids=everybody)
        self._ended(place)
        self._moderated(place, everybody)
        typed = drafts.Typed(body=f"Not said yet: {canary(mode, 'unposted')}.")
        with self.db.transaction(write=True) as tx:
            drafts.save(member, tx=tx, kind="reply", subject_id=place.thread, typed=typed)
            place.draft = drafts.listing(member, tx=tx)[0].draft.id

    def _carried(self, mode: str, key: str) -> list[attachments.New]:
        return [attachments.New(self._received(mode + key), "")]

    def _shown(self, mode: str) -> attachments.New:
        name = f"{canary(mode + 'picture', 'file')}.jpg"
        stream = io.BytesIO(telling("JPEG"))
        received = receive(self.store, stream, filename=name, limit=MEGABYTE, pictures=True)
        return attachments.New(received, f"A map of {canary(mode, 'alt')}")

    def _ended(self, place: Place) -> None:
        mode, lead, member = place.mode, self.actors["lead"], self.actors["member"]
        with self.db.transaction(write=True) as tx:
            place.ended = threads.start_thread(
                lead, tx=tx, team_id=place.team, title="A thread that ended", body=written("Where it began.")
            ).thread_id
            for version, words in enumerate(("before", "summary")):
                body = written(f"Summed up as {canary(mode, words, 'oftrd')}.")
                endings.summarise(member, tx=tx, thread_id=place.ended, body=body, base_version=version)
            outcome = written(f"It came to {canary(mode, 'outcome')}.")
            endings.conclude(lead, tx=tx, thread_id=place.ended, outcome=outcome)
            endings.lock(lead, tx=tx, thread_id=place.ended, reason=f"Locked: {canary(mode, 'lock')}.")

    def _moderated(self, place: Place, everybody: list[int]) -> None:
        """The member's posts: one that the lead has hidden and the guest quotes, one reported, one shown again.

        The member reported the lead's, which stayed.
        """
        mode, lead, member, guest = place.mode, *(self.actors[name] for name in ("lead", "member", "guest"))

        def say(actor: Actor, words: str, quote_id: int | None = None) -> int:
            return threads.reply(
                actor, tx=tx, thread_id=place.moderated, body=written(words), quote_id=quote_id
            ).post_id

        def accuse(actor: Actor, number: int, words: str) -> int:
            return reports.report(actor, tx=tx, post_id=number, reason="other", words=words)

        def decide(number: int, kind: str, reason: str, version: int = 1, by: Actor = lead) -> None:
            reports.decide(by, tx=tx, post_id=number, kind=kind, reason=reason, version=version)

        with self.db.transaction(write=True) as tx:
            started = threads.start_thread(
                lead, tx=tx, team_id=place.team, title="A thread with care", body=written("Be kind.")
            )
            place.moderated = started.thread_id
            once, now = canary(mode, "hidden", "once"), canary(mode, "hidden", "now")
            place.posts["hidden"] = hidden = say(member, f"They are {once}.")
            place.posts["quoting"] = say(guest, f"> They are {once} and {now}.\n\nThey are not.", hidden)
            body = written(f"They are {now}.")
            threads.edit(member, tx=tx, post_id=hidden, body=body, base_version=1)
            place.posts["reported"] = reported = say(member, "A doubtful remark.")
            place.posts["restored"] = restored = say(member, "It was a misunderstanding.")
            decide(hidden, "hide", f"Not here: {canary(mode, 'rebuke')}.", version=2)
            decide(restored, "hide", "It sounded rude.")
            decide(restored, "show", "It was not meant so.")
            accuse(guest, reported, f"It may be {canary(mode, 'suspected')}.")
            place.reports["answered"] = accuse(member, started.post_id, f"Is it? {canary(mode, 'accused')}.")
            decide(started.post_id, "keep", "It is.", by=self.actors["facilitator"])
            # All of them were told, whoever may see it.
            for kind, number in (
                ("mention", hidden),
                (settling.REPORTED, place.posts["reported"]),
                (settling.HIDDEN, hidden),
                (settling.RESTORED, place.posts["restored"]),
                (settling.ANSWERED, place.reports["answered"]),
            ):
                notices.tell(SYSTEM, tx=tx, kind=kind, subject_id=number, person_ids=everybody)

    def _asset(
        self, key: str, team_id: int | None, audience: str, status: str, *, owner: str = "member"
    ) -> int:
        received = self._received(key)
        person_id = self.actors[owner].person_id
        details = self._details(key, audience, person_id)
        published = START if status == "published" else None
        history = History(status, START, published, person_id)
        with self.db.transaction(write=True) as tx:
            return library.load_asset(
                SYSTEM, tx=tx, details=details, received=received, team_id=team_id, history=history
            )

    def _received(self, key: str) -> Received:
        text = f"A document with {canary(key, 'text')} in it.\n".encode()
        name = f"{canary(key, 'file')}.txt"
        return receive(self.store, io.BytesIO(text), filename=name, limit=MEGABYTE)

    @staticmethod
    def _details(key: str, audience: str, owner_id: int | None) -> Details:
        return Details(
            title=f"Asset {canary(key, 'asset')}",
            summary=f"Summed up as {canary(key, 'summary')}.",
            kind="guide",
            category="Social care",
            audience=audience,
            regime="procurement_act_2023",
            owner_id=owner_id,
            review_date=date(2027, 9, 30),
        )

    def _withdraw(self, asset_id: int) -> None:
        with self.db.transaction(write=True) as tx:
            library.withdraw(SYSTEM, tx=tx, asset_id=asset_id, reason="It was superseded by the law.")

    def _own_assets(self) -> None:
        """Assets of no team: an officer's draft, and one for officers."""
        self.assets["draft"] = self._asset("ownsdraft", None, "public", "draft", owner="officer")
        self.assets["network"] = self._asset("ownsnetwork", None, "network", "published", owner="officer")
