"""Profile, interests, password, people and organisations, as each kind of person sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cop.accounts import service
from cop.accounts.register.reader import english_register
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


@pytest.fixture
def register(db: Database) -> None:
    with db.transaction(write=True) as tx:
        added, changed = service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        assert (added > 400, changed) == (True, 0)
    with db.transaction(write=True) as tx:
        again = service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        assert again == (0, 0), "loading the same register twice changes nothing"


def test_a_profile_can_be_changed_and_errors_keep_what_was_typed(
    visitor: Visitors, community: Community
) -> None:
    browser = visitor().sign_in_as(community, community.person("Ann Other"))
    page = browser.post("/profile/edit", status=422, name="", job="Buyer of things", function="legal")
    assert "Enter your full name" in page.text
    assert 'value="Buyer of things"' in page.text
    browser.post("/profile/edit", name="Ann  B. Other", job="Buyer", function="legal")
    shown = browser.get("/profile").text
    assert "Ann B. Other" in shown
    assert "Legal" in shown


@pytest.mark.parametrize("function", ["", "nonsense", "' OR 1=1"])
def test_a_function_that_is_not_offered_is_refused(
    visitor: Visitors, community: Community, function: str
) -> None:
    browser = visitor().sign_in_as(community, community.person())
    browser.post("/profile/edit", status=422, name="Ann", function=function)


def test_interests_are_declared_ended_and_kept(visitor: Visitors, community: Community) -> None:
    ann = community.person("Ann Other")
    browser = visitor().sign_in_as(community, ann)
    browser.post("/profile/interests", status=422, text=" ")
    browser.post("/profile/interests/none")
    assert "that you have none" in browser.get("/profile").text
    browser.post("/profile/interests", text="Shares in Widgets <b>Ltd</b>")
    other = visitor().sign_in_as(community, community.person())
    assert "Shares in Widgets &lt;b&gt;Ltd" in other.get(f"/people/{ann.person_id}").text
    browser.post("/profile/interests/1/end")
    assert "Ended" in browser.get("/profile/interests").text
    assert "Widgets" not in other.get(f"/people/{ann.person_id}").text
    other.post("/profile/interests/1/end", status=404)


def test_a_new_password_signs_out_everywhere_else(visitor: Visitors, community: Community) -> None:
    ann = community.person(email="ann@testshire.example")
    here, there = visitor().sign_in_as(community, ann), visitor().sign_in_as(community, ann)
    wrong = here.post("/profile/password", status=422, current="not this one", password="three other words")
    assert "not your present password" in wrong.text
    here.post("/profile/password", status=422, current=PASSWORD, password="short")
    here.post("/profile/password", status=422, current=PASSWORD, password="think-together-2026")
    here.post("/profile/password", current=PASSWORD, password="three other words")
    here.get("/profile")
    there.get("/profile", status=404)
    visitor().post("/sign-in", email="ann@testshire.example", password="three other words", next="/")


def test_somebody_at_an_open_browser_cannot_guess_the_password(
    visitor: Visitors, community: Community
) -> None:
    browser = visitor().sign_in_as(community, community.person(email="ann@testshire.example"))
    other = visitor().sign_in_as(community, community.person())
    for _ in range(8):
        browser.post("/profile/password", status=422, current="a guess", password="three other words")
    browser.post("/profile/password", status=429, current=PASSWORD, password="three other words")
    other.post("/profile/password", current=PASSWORD, password="three other words")
    visitor().post("/sign-in", email="ann@testshire.example", password=PASSWORD, next="/")


@pytest.mark.parametrize("before", ["", "\x00"])
def test_a_stranger_cannot_keep_somebody_from_changing_their_password(
    visitor: Visitors, community: Community, before: str
) -> None:
    ann = community.person()
    for number in range(9):
        address = f"{before}present password of {ann.person_id}"
        visitor().post("/sign-in", status=422 if number < 8 else 429, email=address, password="x", next="/")
    browser = visitor().sign_in_as(community, ann)
    browser.post("/profile/password", current=PASSWORD, password="three other words")


def test_who_sees_whose_profile(visitor: Visitors, community: Community) -> None:
    ann = community.person("Ann Other", email="ann.secret@testshire.example")
    officer = visitor().sign_in_as(community, community.person())
    supplier = visitor().sign_in_as(community, community.person(kind="supplier"))
    resident = visitor().sign_in_as(community, community.person(kind="community"))
    admin = visitor().sign_in_as(community, community.person(kind="central", roles=("platform_admin",)))
    path = f"/people/{ann.person_id}"
    assert "ann.secret" not in officer.get(path).text
    assert "ann.secret" in admin.get(path).text
    for stranger in (supplier, resident, visitor()):
        stranger.get(path, status=404)
        stranger.get("/people?q=Ann", status=404)
    found = officer.get("/people?q=ann+testshire").text
    assert "Ann Other" in found
    assert "Nobody was found" in officer.get("/people?q=%25").text
    assert "Ann Other" not in officer.get("/people?q=zebra").text


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Newcastle", ("Which one do you mean?", "Newcastle City Council", "Newcastle-under-Lyme")),
        ("Somerset", ("Which one do you mean?", "Somerset Council")),
        ("Cumbria County Council", ("was replaced", "Cumberland", "Westmorland and Furness")),
        ("Xyzzyshire", ("Nothing goes by that name",)),
        ("<script>", ("Nothing goes by that name",)),
    ],
)
def test_a_name_leads_to_a_choice_or_to_successors(
    visitor: Visitors, name: str, expected: tuple[str, ...]
) -> None:
    page = visitor()._client.get("/organisations", query_string={"name": name}, base_url="http://localhost")
    assert page.status_code == 200
    for words in expected:
        assert words in page.text


@pytest.mark.usefixtures("register")
def test_a_certain_name_or_code_leads_to_the_council(visitor: Visitors) -> None:
    browser = visitor()
    for name in ("E08000035", "leeds", "LEEDS CITY COUNCIL"):
        answer = browser.get(f"/organisations?name={name.replace(' ', '+')}", status=303)
        assert "Leeds City Council" in browser.follow(answer).text
    cumbria = browser.follow(browser.get("/organisations?name=E06000063", status=303)).text
    assert "Formerly part of" in cumbria
    assert "Cumbria" in cumbria
    browser.get("/organisations/999999", status=404)
