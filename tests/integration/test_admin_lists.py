"""The platform admin's lists: work that was given up, all people, all organisations."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import text

from cop.accounts import joining, rosters, service
from cop.accounts.joining import Asked
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Forbidden
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements

Visitors = Callable[..., Visitor]


@pytest.fixture
def runs(visitor: Visitors, community: Community) -> Actor:
    """Whoever runs the platform."""
    visitor()
    return community.person("Zoe Runs", kind="central", roles=("platform_admin",))


@pytest.fixture
def admin(visitor: Visitors, community: Community, runs: Actor) -> Visitor:
    return visitor().sign_in_as(community, runs)


def give_up(db: Database, count: int, *, consumer: str = "search", parked: bool = True) -> list[int]:
    """Deliveries that were given up, or wait still."""
    made = []
    for _ in range(count):
        with db.transaction(write=True) as tx:
            statement = text(
                "INSERT INTO delivery (event_id, consumer, not_before, attempts, parked, last_error) "
                "SELECT min(id), :consumer, min(at), 8, :parked, 'KeyError, search.fetch, line 3.' FROM event "
                "RETURNING id"
            )
            made.append(
                int(tx.session.execute(statement, {"consumer": consumer, "parked": parked}).scalar_one())
            )
    return made


def deliveries(db: Database) -> dict[int, tuple[bool, int]]:
    """Whether each is parked, and how often it was tried."""
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(text("SELECT id, parked, attempts FROM delivery WHERE consumer = 'search'"))
        return {row.id: (bool(row.parked), row.attempts) for row in rows}


def events(db: Database, kind: str) -> int:
    with db.transaction(write=False) as tx:
        query = text("SELECT count(*) FROM event WHERE kind = :kind")
        return int(tx.session.execute(query, {"kind": kind}).scalar_one())


def test_what_was_given_up_is_tried_again_or_dropped_once(admin: Visitor, db: Database) -> None:
    assert "Nothing was given up" in admin.get("/admin/deliveries").text
    with db.transaction(write=True) as tx:
        tx.session.execute(text("DELETE FROM delivery"))
    first, second, third = give_up(db, 3)
    (waits,) = give_up(db, 1, parked=False)
    page = admin.get("/admin/deliveries").text
    assert page.count("KeyError, search.fetch, line 3.") == 3
    assert page.count("8 tries") == 3
    assert "Look at all of it" in admin.get("/admin").text
    admin.post(f"/admin/deliveries/{first}/retry")
    assert deliveries(db)[first] == (False, 0)
    admin.post(f"/admin/deliveries/{first}/retry", status=404)
    admin.post(f"/admin/deliveries/{waits}/drop", status=404)
    admin.get(f"/admin/deliveries/{waits}/drop", status=404)
    assert "cannot be undone" in admin.get(f"/admin/deliveries/{second}/drop").text
    admin.post(f"/admin/deliveries/{second}/drop")
    assert second not in deliveries(db)
    assert events(db, "DeliveryDropped") == events(db, "DeliveryRetried") == 1
    admin.post("/admin/deliveries/retry")
    assert deliveries(db)[third] == (False, 0)
    assert events(db, "DeliveryRetried") == 2
    assert "Nothing was given up" in admin.get("/admin/deliveries").text


def test_a_long_list_comes_in_pages_and_costs_the_same(admin: Visitor, db: Database) -> None:
    def asked(path: str) -> int:
        with statements(db) as seen:
            admin.get(path)
        return len(seen)

    give_up(db, 1)
    before = asked("/admin/deliveries")
    made = give_up(db, 44)
    assert asked("/admin/deliveries") == before
    seen, path = [], "/admin/deliveries"
    for _ in range(5):
        page = admin.get(path).text
        seen += [int(number) for number in re.findall(r'action="/admin/deliveries/(\d+)/retry"', page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        if older is None:
            break
        path = older[1]
    assert len(seen) == len(set(seen)) == 45
    assert set(made) < set(seen)


def test_people_by_name_state_and_words(
    admin: Visitor, community: Community, db: Database, runs: Actor
) -> None:
    board = community.person("Ann Board", roles=("board",), email="ann@leeds.example")
    gone = community.person("Bob Gone", organisation="Borough of Elsewhere")
    with db.transaction(write=True) as tx:
        service.suspend(SYSTEM, tx=tx, person_id=gone.person_id or 0)
        asked = Asked("new@elsewhere.example", "Carla Waits", "Buyer", "legal", gone.organisation_id or 0)
        joining.ask(ANONYMOUS, tx=tx, asked=asked)
        tx.session.execute(text("UPDATE registration SET state = 'proved', proved_at = asked_at"))

    def names(address: str) -> list[str]:
        found = re.findall(r'<h2><a href="([^"]+)">([^<]+)', admin.get(address).text)
        return [name for _, name in found]

    assert names("/admin/people") == ["Ann Board", "Bob Gone", "Zoe Runs"]
    assert names("/admin/people?state=active") == ["Ann Board", "Zoe Runs"]
    assert names("/admin/people?state=suspended") == ["Bob Gone"]
    assert names("/admin/people?state=waiting") == ["Carla Waits"]
    assert names("/admin/people?state=nonsense") == ["Ann Board", "Bob Gone", "Zoe Runs"]
    assert names("/admin/people?q=leeds.example") == ["Ann Board"]
    assert names("/admin/people?q=elsewhere+bob") == ["Bob Gone"]
    assert names("/admin/people?q=%25") == []
    page = admin.get("/admin/people?q=ann").text
    assert f'href="/people/{board.person_id}"' in page
    assert "ann@leeds.example" in page
    assert "<span>board</span>" in page
    waiting = admin.get("/admin/people?state=waiting").text
    assert f'href="/organisations/{gone.organisation_id}/people"' in waiting
    with db.transaction(write=False) as tx, pytest.raises(Forbidden):
        rosters.people(board, tx=tx)


def test_organisations_by_name_and_state(admin: Visitor, community: Community, db: Database) -> None:
    community.person(organisation="Borough of Elsewhere", roles=("organisation_admin",))
    community.organisation("council", "Borough of Yore")
    with db.transaction(write=True) as tx:
        tx.session.execute(
            text("UPDATE organisation SET end_date = '2023-04-01' WHERE name = 'Borough of Yore'")
        )

    def names(address: str) -> list[str]:
        return re.findall(r"<h2><a [^>]+>([^<]+)", admin.get(address).text)

    everything = ["Borough of Elsewhere", "Borough of Yore", "The central of Testshire"]
    assert names("/admin/organisations") == everything
    assert names("/admin/organisations?state=people") == [everything[0], everything[2]]
    assert names("/admin/organisations?state=replaced") == ["Borough of Yore"]
    assert names("/admin/organisations?state=waiting") == []
    assert names("/admin/organisations?q=borough+yore") == ["Borough of Yore"]
    page = admin.get("/admin/organisations?q=elsewhere").text
    assert "<span>1 person</span><span>1 admin</span>" in page


def test_two_thousand_people_come_in_pages_and_cost_the_same(
    admin: Visitor, community: Community, db: Database
) -> None:
    somebody = community.person("Aa First")

    def asked(path: str) -> int:
        with statements(db) as seen:
            admin.get(path)
        return len(seen)

    paths = ("/admin/people", "/admin/people?q=given", "/admin/people?state=waiting", "/admin/organisations")
    before = {path: asked(path) for path in paths}
    with db.transaction(write=True) as tx:
        tx.session.execute(
            text(
                "INSERT INTO person (email, name, job, function, organisation_id, created_at) "
                "VALUES (:email, :name, '', 'legal', :organisation, :at)"
            ),
            [
                {
                    "email": f"many{number}@testshire.example",
                    # Capitals and the same name twice: the order is the same on every page.
                    "name": f"{'given' if number % 3 else 'GIVEN'} {number // 2:04}",
                    "organisation": somebody.organisation_id,
                    "at": "2026-01-01 00:00:00+00:00",
                }
                for number in range(2_000)
            ],
        )
    for number in range(30):
        community.organisation("supplier", f"Supplier {number:02}")
    assert {path: asked(path) for path in paths} == before
    seen: list[str] = []
    path = "/admin/people?q=given"
    for _ in range(5):
        page = admin.get(path).text
        seen += re.findall(r'<a href="(/people/\d+)">', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        assert older is not None
        path = older[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 100
    assert "given+0050" not in path
