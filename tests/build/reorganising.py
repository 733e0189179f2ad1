"""Councils of the register that were replaced, and somebody who published for one of them."""

from __future__ import annotations

from dataclasses import dataclass

from cop.accounts import service
from cop.accounts.sessions import actor_of
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.library import queries as library_queries

CODES = {
    "cumbria": "E10000006",
    "allerdale": "E07000026",
    "cumberland": "E06000063",
    "westmorland": "E06000064",
    "taunton": "E07000190",
    "somerset west": "E07000246",
    "somerset": "E06000066",
}


@dataclass(frozen=True)
class Cast:
    """Councils by name, and somebody who acted for Allerdale when it published and acts for Cumberland now."""

    ids: dict[str, int]
    ann: Actor
    asset_id: int


def somebody(tx: Tx, name: str, organisation_id: int) -> Actor:
    """Somebody new who acts for this organisation."""
    person_id = service.add_person(
        SYSTEM,
        tx=tx,
        email=f"{name.lower()}@example.org",
        name=f"{name} Other",
        organisation_id=organisation_id,
        function="legal",
    )
    return actor_of(tx, person_id)


def publisher(db: Database, asset_id: int) -> int | None:
    """The organisation that published it, as the program knows it."""
    with db.transaction(write=False) as tx:
        by = library_queries.asset(SYSTEM, tx=tx, asset_id=asset_id).by
        return by.id if by else None
