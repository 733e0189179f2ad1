"""The platform admin's pages: adding organisations and people, stopping accounts, seeing how the service runs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from cop.accounts import service
from cop.accounts.register.reader import english_register
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]
NEW = {"name": "Neil New", "email": "neil.new@leeds.example", "function": "finance", "job": "Accountant"}


@pytest.fixture
def admin(visitor: Visitors, community: Community, db: Database) -> Visitor:
    with db.transaction(write=True) as tx:
        service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
    return visitor().sign_in_as(community, community.person(kind="central", roles=("platform_admin",)))


def test_a_new_person_signs_in_with_the_password_that_was_shown_once(
    admin: Visitor, visitor: Visitors
) -> None:
    admin.get("/admin/people/new")
    page = admin.post("/admin/people/new", status=200, organisation="leeds", **NEW)
    shown = re.search(r"<code>([^<]+)</code>", page.text)
    assert shown is not None
    visitor().post("/sign-in", email=NEW["email"], password=html.unescape(shown[1]), next="/")
    assert shown[1] not in admin.get("/admin").text


def test_what_is_missing_is_listed_in_the_order_of_the_page(admin: Visitor) -> None:
    admin.get("/admin/people/new")
    page = admin.post(
        "/admin/people/new", status=422, name="", email="", organisation="", function="", job="x" * 999
    )
    summary = page.text.split("govuk-error-summary__list", 1)[1].split("</ul>", 1)[0]
    assert re.findall(r'href="#([a-z]+)', summary) == ["name", "email", "organisation", "function", "job"]


@pytest.mark.parametrize(
    ("organisation", "message", "offered"),
    [
        (
            "Newcastle",
            "“Newcastle” could mean several. Choose which one you mean.",
            ["Newcastle City Council, North East", "Newcastle-under-Lyme Borough Council, West Midlands"],
        ),
        (
            "Cumbria",
            "Cumbria was replaced. Choose the council that took its place.",
            ["Cumberland Council, North West", "Westmorland and Furness Council, North West"],
        ),
        ("Zzyzx", "No organisation goes by that name. Check the spelling, or add it first.", []),
        ("", "Enter the organisation they act for", []),
    ],
)
def test_an_organisation_that_is_not_certain_is_offered_as_a_choice(
    admin: Visitor, organisation: str, message: str, offered: list[str]
) -> None:
    admin.get("/admin/people/new")
    page = admin.post("/admin/people/new", status=422, organisation=organisation, **NEW)
    assert message in html.unescape(page.text)
    assert 'value="Neil New"' in page.text
    assert [each for each, _ in _offered(page.text)] == offered


def _offered(text: str) -> list[tuple[str, str]]:
    """Label and value of each organisation that the page offers."""
    found = re.findall(
        r'name="meant" type="radio" value="(\d+)".*?<label[^>]*>(.*?)</label>', text, re.DOTALL
    )
    return [(html.unescape(label).strip(), value) for value, label in found]


def test_the_organisation_chosen_from_several_is_taken_and_no_other(admin: Visitor) -> None:
    admin.get("/admin/people/new")
    page = admin.post("/admin/people/new", status=422, organisation="Newcastle", **NEW)
    offered = dict(_offered(page.text))
    lyme = offered["Newcastle-under-Lyme Borough Council, West Midlands"]
    # Choosing belongs to what was typed: an id that the name does not lead to is asked again.
    admin.post("/admin/people/new", status=422, organisation="Cumbria", meant=lyme, **NEW)
    admin.post("/admin/people/new", status=422, organisation="Newcastle", meant="1-nonsense", **NEW)
    added = admin.post("/admin/people/new", status=200, organisation="Newcastle", meant=lyme, **NEW)
    assert "Newcastle-under-Lyme" in added.text


@pytest.mark.parametrize("email", ["", "no-at-sign", "a@b", "two@@x.example", "a b@x.example"])
def test_an_address_that_cannot_be_one_is_refused(admin: Visitor, email: str) -> None:
    admin.get("/admin/people/new")
    admin.post("/admin/people/new", status=422, organisation="leeds", **{**NEW, "email": email})


def test_a_known_address_is_refused_beside_its_field(admin: Visitor) -> None:
    admin.get("/admin/people/new")
    admin.post("/admin/people/new", status=200, organisation="leeds", **NEW)
    again = {**NEW, "email": "Neil.New@Leeds.example"}
    page = admin.post("/admin/people/new", status=422, organisation="leeds", **again)
    assert "already has an account" in page.text


def test_an_organisation_is_added_and_found(admin: Visitor, visitor: Visitors) -> None:
    admin.get("/admin/organisations/new")
    admin.post("/admin/organisations/new", status=422, name="", kind="supplier")
    answer = admin.post("/admin/organisations/new", name="Wharfedale Buying Group", kind="consortium")
    assert "Wharfedale Buying Group" in admin.follow(answer).text
    assert "Buying consortium" in visitor().get("/organisations?name=Wharfedale").text
    page = admin.post("/admin/people/new", status=200, organisation="wharfedale buying group", **NEW)
    assert "Wharfedale" in page.text


def test_a_council_is_not_added_a_second_time_under_its_own_name(admin: Visitor) -> None:
    admin.get("/admin/organisations/new")
    page = admin.post("/admin/organisations/new", status=422, name="Leeds City Council", kind="central")
    assert "Leeds City Council is in the register already." in page.text
    admin.get("/admin/people/new")
    admin.post("/admin/people/new", status=200, organisation="Leeds City Council", **NEW)


def test_a_stopped_account_ends_at_once_and_can_work_again(
    admin: Visitor, visitor: Visitors, community: Community
) -> None:
    ann = community.person("Ann Other", email="ann@testshire.example")
    browser = visitor().sign_in_as(community, ann)
    browser.get("/profile")
    admin.get(f"/admin/people/{ann.person_id}/suspend")
    admin.post(f"/admin/people/{ann.person_id}/suspend")
    browser.get("/profile", status=404)
    admin.post(f"/admin/people/{ann.person_id}/reinstate")
    browser.get("/profile", status=404)
    visitor().sign_in_as(community, ann).get("/profile")


def test_an_admin_cannot_lock_themselves_out(visitor: Visitors, community: Community) -> None:
    boss = community.person(kind="central", roles=("platform_admin",))
    browser = visitor().sign_in_as(community, boss)
    browser.get("/admin/people/new")
    browser.post(f"/admin/people/{boss.person_id}/suspend", status=403)


def test_nobody_else_finds_these_pages(visitor: Visitors, community: Community) -> None:
    for browser in (visitor(), visitor().sign_in_as(community, community.person(roles=("board",)))):
        for path in ("/admin", "/admin/people/new", "/admin/organisations/new", "/admin/people/1/suspend"):
            browser.get(path, status=404)
