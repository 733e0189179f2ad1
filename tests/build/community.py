"""People and organisations for tests. Every method returns ids or actors made by the real services."""

from __future__ import annotations

import itertools
from functools import lru_cache

from cop.accounts import service, sessions
from cop.accounts.passwords import hash_password
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.ids import token_hash

PASSWORD = "correct horse battery staple"
LIFETIME = 3600


@lru_cache(maxsize=1)
def hashed_password() -> str:
    """The hash of `PASSWORD`, made once: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


class Community:
    """Builds people with sensible defaults; names are unique so that leaks can be found by searching for them."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._number = itertools.count(1)
        self._organisations: dict[str, int] = {}

    def organisation(self, kind: str = "council", name: str | None = None) -> int:
        """An organisation of this kind; the same one again when called without a name."""
        key = name or kind
        if key not in self._organisations:
            with self.db.transaction(write=True) as tx:
                self._organisations[key] = service.add_organisation(
                    SYSTEM, tx=tx, kind=kind, name=name or f"The {kind} of Testshire"
                )
        return self._organisations[key]

    def person(
        self,
        name: str | None = None,
        *,
        kind: str = "council",
        organisation: str | None = None,
        function: str = "procurement",
        roles: tuple[str, ...] = (),
        email: str | None = None,
    ) -> Actor:
        """Somebody with an account and the password `PASSWORD`; returns their actor (without a session)."""
        number = next(self._number)
        organisation_id = self.organisation(kind, organisation)
        with self.db.transaction(write=True) as tx:
            person_id = service.add_person(
                SYSTEM,
                tx=tx,
                email=email or f"person{number}@testshire.example",
                name=name or f"Person Number{number}",
                organisation_id=organisation_id,
                function=function,
                hashed=hashed_password(),
                roles=roles,
            )
            return sessions.actor_of(tx, person_id)

    def session(self, actor: Actor, *, second_step: bool = True) -> tuple[str, str]:
        """A living session of that person: (token, hash). It passed the second step, so that no power waits."""
        assert actor.person_id is not None
        with self.db.transaction(write=True) as tx:
            token = sessions.create(tx, person_id=actor.person_id, lifetime=LIFETIME, second_step=second_step)
        return token, token_hash(token)
