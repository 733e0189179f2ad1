"""Random changes to everything that can be found while the worker is killed: at the end index and database agree."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from cop.app import create_app
from cop.kernel import outbox
from cop.kernel.access import SYSTEM
from cop.kernel.errors import DomainError
from cop.library import queries as library_queries
from cop.library import service as library_service
from cop.library.service import Details
from cop.teams import queries as team_queries
from cop.teams import service as team_service
from cop.threads import service as thread_service
from cop.threads.queries import text
from cop.threads.texts import written
from tests.bench.corpus import Corpus
from tests.bench.promise import Promise
from tests.build.library import Library
from tests.build.reckoning import wait_until_drained
from tests.build.teams import charter
from tests.soak.kill import revive
from tests.soak.place import Place, place

AUDIENCES = ("public", "network", "team")
MODES = ("open", "network", "private")
REVIEW = date(2027, 11, 30)
MOVES = 200


@dataclass
class Gardener:
    """Plants, trims and pulls out at random; only what the services allow."""

    here: Place
    library: Library
    rng: random.Random
    corpus: Corpus
    posts: list[int] = field(default_factory=list)
    assets: list[int] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def words(self) -> str:
        """A text that no other has."""
        return self.corpus.text(self.rng.randrange(10**9))[1]

    def change(self) -> None:
        """Do one thing; each `MOVES`th concerns everything of the team, which the worker then reads anew."""
        act: Callable[[], None] = self.rng.choice(
            (
                *(self.write, self.write, self.edit, self.remove),
                *(self.publish, self.retitle, self.retitle, self.withdraw, self.draft),
            )
        )
        if self.rng.randrange(MOVES) == 0:
            act = self.move_team
        try:
            act()
            self.done[act.__name__] += 1
        except DomainError as error:
            self.done[f"{act.__name__}: {type(error).__name__}"] += 1

    def write(self) -> None:
        """A reply."""
        author = self.rng.choice(self.here.people)
        with self.here.db.transaction(write=True) as tx:
            posted = thread_service.reply(
                author, tx=tx, thread_id=self.here.thread_id, body=written(self.words())
            )
            self.posts.append(posted.post_id)

    def edit(self) -> None:
        """Another text in a post."""
        if not self.posts:
            return
        with self.here.db.transaction(write=True) as tx:
            found = text(self.here.people[0], tx=tx, post_id=self.rng.choice(self.posts))
            author = next(person for person in self.here.people if person.person_id == found.author.id)
            thread_service.edit(
                author, tx=tx, post_id=found.post_id, body=written(self.words()), base_version=found.version
            )

    def remove(self) -> None:
        """A tombstone."""
        if self.posts:
            with self.here.db.transaction(write=True) as tx:
                post_id = self.posts.pop(self.rng.randrange(len(self.posts)))
                thread_service.remove(self.here.people[0], tx=tx, post_id=post_id)

    def publish(self) -> None:
        """A published document for anybody, officers or the team."""
        self.assets.append(
            self.library.published(
                self.here.people[0],
                team_id=self.here.team_id,
                content=self.words().encode(),
                title=self.words()[:80],
                audience=self.rng.choice(AUDIENCES),
            )
        )

    def draft(self) -> None:
        """A draft, which nobody may find."""
        self.library.draft(self.here.people[0], team_id=self.here.team_id, content=self.words().encode())

    def retitle(self) -> None:
        """Other details, often for other people."""
        if not self.assets:
            return
        lead = self.here.people[0]
        asset_id = self.rng.choice(self.assets)
        details = Details(
            title=self.words()[:80],
            summary=self.words()[:300],
            kind="specification",
            category="Social care",
            audience=self.rng.choice(AUDIENCES),
            regime="procurement_act_2023",
            owner_id=lead.person_id,
            review_date=REVIEW,
        )
        with self.here.db.transaction(write=True) as tx:
            revision = library_queries.managed_asset(lead, tx=tx, asset_id=asset_id).revision
            library_service.change_details(
                lead, tx=tx, asset_id=asset_id, details=details, revision=revision, checked=True
            )

    def withdraw(self) -> None:
        """No longer of use."""
        if len(self.assets) > 20:
            asset_id = self.assets.pop(self.rng.randrange(len(self.assets)))
            with self.here.db.transaction(write=True) as tx:
                library_service.withdraw(SYSTEM, tx=tx, asset_id=asset_id, reason="Out of date.")

    def move_team(self) -> None:
        """Another access mode: every post of the team has other readers at once."""
        lead = self.here.people[0]
        with self.here.db.transaction(write=True) as tx:
            team = team_queries.team(lead, tx=tx, team_id=self.here.team_id)
            wanted = charter(team.name, access_mode=self.rng.choice(MODES), end_date=team.end_date)
            team_service.change_charter(
                lead, tx=tx, team_id=self.here.team_id, charter=wanted, base_version=team.version
            )


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Change at random while the worker is killed; then drain and compare."""
    with place(kind) as here:
        app = create_app(here.processes.settings, here.db)
        gardener = Gardener(here, Library(app, here.db), rng, Corpus(1, 0))
        here.processes.start_worker()
        until, kills = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            pause = time.monotonic() + rng.random() * 3
            while time.monotonic() < pause:
                gardener.change()
            here.processes.kill(here.processes.worker)
            kills += 1
            here.processes.start_worker()
        wrong = []
        try:
            wait_until_drained(here.db, 180, heal=lambda: revive(here))
        except AssertionError as error:
            wrong.append(f"{error} {outbox.parked(here.db, 3)}")
        verdict = here.processes.run("search", "verify")
        if verdict.returncode:
            wrong.append(verdict.stdout + verdict.stderr)
        said = verdict.stdout.strip().replace("\n", " ")
        print(f"search, {kind}: {dict(gardener.done)}; worker killed {kills} times; {said}", flush=True)
        for each in wrong:
            print(f"    {each[:2000]}")
    return [Promise(f"{kind}: index and database differ after {kills} kills", len(wrong), 0, "ways")]
