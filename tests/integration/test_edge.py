"""The HTTP edge: nothing undeclared, nothing written by a GET, nothing half-written, nothing typed lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string
from jinja2 import UndefinedError
from sqlalchemy import func, insert, select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired

from cop.accounts.models import OrganisationRow
from cop.app import create_app
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound, RateLimited
from cop.kernel.slots import Slot
from cop.settings import Settings
from cop.web.area import AfterCommit, Area, UndeclaredAccess
from cop.web.forms import Form
from cop.web.templating import flash
from tests.build.community import Community
from tests.build.pages import Visitor, check_page
from tests.build.queries import statements

Visitors = Callable[..., Visitor]


class WordForm(Form):
    """One word."""

    word = StringField("Word", [DataRequired("Enter a word")])


TEMPLATE = """{% extends "layout.html" %}{% block title %}Words{% endblock %}{% block main %}
{{ error_summary(form) }}<h1>Words</h1><form method="post"><input type="hidden" name="csrf_token"
value="{{ csrf_token() }}">{{ field(form.word) }}<button>Save</button></form>{% endblock %}"""

ERRORS: dict[str, tuple[Exception, int]] = {
    "notfound": (NotFound(), 404),
    "forbidden": (Forbidden("Only the lead can do this."), 403),
    "conflict": (Conflict("Somebody was quicker."), 409),
    "gone": (Gone("This link has been used."), 410),
    "often": (RateLimited("Wait a minute.", 60), 429),
    "bare": (Invalid("That will not do."), 422),
    "fault": (ZeroDivisionError("secret detail"), 500),
}


def _insert(tx: Tx, name: str) -> None:
    row = {"kind": "council", "name": name, "official_name": name}
    tx.session.execute(insert(OrganisationRow), row)


def _probe() -> Area:
    area = Area("probe", __name__, url_prefix="/probe")

    def again(actor: Actor, tx: Tx, form: WordForm) -> str:
        return render_template_string(TEMPLATE, form=form, form_errors=form.failed)

    @area.get("/words", access=PUBLIC)
    def words(actor: Actor, tx: Tx) -> str:
        return again(actor, tx, WordForm())

    @area.get("/writing-get", access=PUBLIC)
    def writing_get(actor: Actor, tx: Tx) -> str:
        _insert(tx, "from a GET")
        return "never"

    @area.post("/words", access=PUBLIC, form=WordForm, again=again)
    def save(actor: Actor, tx: Tx, form: WordForm) -> Any:
        _insert(tx, form.word.data)
        if form.word.data == "refused":
            raise Invalid("Not this word.", "word")
        if form.word.data == "nowhere":
            raise Invalid("Something else is wrong.")
        if form.word.data == "teapot":
            return Response("short and stout", 418)
        if form.word.data == "later":
            return AfterCommit(lambda: Response("drawn"))
        return Response("saved", 303, {"Location": "/probe/words"})

    @area.post("/raise/<how>", access=SIGNED_IN)
    def fail(actor: Actor, tx: Tx, how: str) -> Response:
        _insert(tx, how)
        if how == "flashed":
            flash("You have published this.")
            raise ERRORS["conflict"][0]
        raise ERRORS[how][0]

    return area


@pytest.fixture
def app(db: Database, make_settings: Callable[[str], Settings]) -> Flask:
    app = create_app(make_settings(db.url), db)
    app.register_blueprint(_probe())
    return app


def stored(db: Database) -> list[str]:
    with db.transaction(write=False) as tx:
        rows = tx.session.scalars(select(OrganisationRow.name).order_by(OrganisationRow.id))
        return [name for name in rows if not name.startswith("The ")]


def test_a_route_without_declared_access_fails_at_import() -> None:
    area = Area("bad", __name__)
    with pytest.raises(UndeclaredAccess):
        area.get("/x")
    with pytest.raises(UndeclaredAccess):
        area.post("/x")
    with pytest.raises(UndeclaredAccess):
        area.route("/x")
    with pytest.raises(UndeclaredAccess):
        area.post("/x", access=PUBLIC, form=WordForm)


def test_a_get_that_writes_fails_and_writes_nothing(visitor: Visitors, db: Database) -> None:
    visitor().get("/probe/writing-get", status=500)
    assert stored(db) == []


def test_a_good_form_is_saved_once(visitor: Visitors, db: Database) -> None:
    browser = visitor()
    browser.get("/probe/words")
    browser.post("/probe/words", word="good")
    assert stored(db) == ["good"]


@pytest.mark.parametrize(
    ("word", "message"),
    [("", "Enter a word"), ("refused", "Not this word"), ("nowhere", "Something else is wrong.")],
)
def test_a_refused_form_writes_nothing_and_keeps_what_was_typed(
    visitor: Visitors, db: Database, word: str, message: str
) -> None:
    browser = visitor()
    browser.get("/probe/words")
    page = browser.post("/probe/words", status=422, word=word)
    assert message in page.text
    assert f'value="{word}"' in page.text
    assert "<title>Error: Words" in page.text
    assert stored(db) == []


def test_a_form_without_our_token_writes_nothing_and_keeps_what_was_typed(
    visitor: Visitors, db: Database
) -> None:
    page = visitor().post("/probe/words", status=422, word="mine", csrf_token="made up")
    assert 'value="mine"' in page.text
    assert stored(db) == []


def test_a_response_that_refuses_rolls_back(visitor: Visitors, db: Database) -> None:
    browser = visitor()
    browser.get("/probe/words")
    browser.post("/probe/words", status=418, check=False, word="teapot")
    assert stored(db) == []
    browser.post("/probe/words", status=200, word="later")
    assert stored(db) == ["later"], "a page drawn after the commit"


@pytest.mark.parametrize("how", ERRORS)
def test_errors_are_pages_and_write_nothing(
    visitor: Visitors, db: Database, community: Community, how: str
) -> None:
    error, status = ERRORS[how]
    browser = visitor().sign_in_as(community, community.person("Ann Other"))
    page = browser.post(f"/probe/raise/{how}", status=status)
    assert stored(db) == []
    if status not in (404, 500):
        assert str(error) in page.text
    assert "secret detail" not in page.text
    assert ("Retry-After" in page.headers) == (status == 429)


@pytest.mark.parametrize("how", ERRORS)
def test_whatever_goes_wrong_what_was_typed_stands_on_the_page(
    visitor: Visitors, community: Community, how: str
) -> None:
    _, status = ERRORS[how]
    browser = visitor().sign_in_as(community, community.person("Ann Other"))
    page = browser.post(
        f"/probe/raise/{how}", status=status, body="Twenty minutes' work", key="k3y", password_hint=""
    )
    assert "Twenty minutes&#39; work" not in page.text, "nothing of a form with a secret in it is shown"
    page = browser.post(f"/probe/raise/{how}", status=status, body="Twenty minutes' work", key="k3y")
    assert '<dt class="govuk-summary-list__key">Body</dt>' in page.text
    assert "Twenty minutes&#39; work" in page.text
    assert ("Send it again" in page.text) == (status in (409, 429, 500))
    assert ('value="k3y"' in page.text) == (status in (409, 429, 500)), (
        "sent again, it is still the same form"
    )
    stranger = visitor().post(f"/probe/raise/{how}", status=404, body="Twenty minutes' work")
    assert 'id="typed-title"' not in stranger.text


def test_a_message_left_by_what_failed_is_not_shown(visitor: Visitors, community: Community) -> None:
    browser = visitor().sign_in_as(community, community.person())
    page = browser.post("/probe/raise/flashed", status=409)
    assert "You have published this" not in page.text
    assert "You have published this" not in browser.get("/probe/words").text


@pytest.mark.parametrize(
    "path", ["/%00", "/teams/99999999999999999999999", "/a/b/c", "/.env", "/probe/words/", "/%ff"]
)
def test_addresses_that_lead_nowhere_are_404(visitor: Visitors, path: str) -> None:
    visitor().get(path, status=404)


def test_an_unknown_host_is_refused(app: Flask) -> None:
    assert app.test_client().get("/sign-in", base_url="http://evil.example").status_code == 400


def test_methods_nobody_declared_are_refused(app: Flask) -> None:
    client = app.test_client()
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        assert client.open("/probe/words", method=method, base_url="http://localhost").status_code == 405


def test_a_template_that_names_what_is_not_there_fails(app: Flask) -> None:
    with app.test_request_context(base_url="http://localhost"), pytest.raises(UndefinedError):
        app.jinja_env.from_string("{{ nobody_gave_this }}").render()


BROKEN_PAGES = {
    "two h1": "<h1>Words</h1><h1>More</h1>",
    "no h1": "<p>Words</p>",
    "another h1": "<h1>Other words</h1>",
    "double id": '<h1>Words</h1><p id="a"></p><p id="a"></p>',
    "no label": '<h1>Words</h1><input name="x">',
    "no token": '<h1>Words</h1><form method="post"></form>',
    "inline script": "<h1>Words</h1><script>1</script>",
    "inline style": '<h1>Words</h1><p style="color:red"></p>',
    "inline handler": '<h1>Words</h1><p onclick="x()"></p>',
    "bad html": "<h1>Words</h1><p><div></p>",
    "no alt": '<h1>Words</h1><img src="/x.png">',
}


@pytest.mark.parametrize("what", BROKEN_PAGES)
def test_the_page_check_bites(what: str) -> None:
    frame = '<!DOCTYPE html><html lang="en"><head><title>Words – CoP</title></head><body>{}</body></html>'
    check_page(frame.format("<h1>Words</h1>"))
    with pytest.raises(AssertionError):
        check_page(frame.format(BROKEN_PAGES[what]))


def test_the_query_count_bites(db: Database) -> None:
    with statements(db) as seen, db.transaction(write=False) as tx:
        for _ in range(3):
            tx.session.execute(select(func.count()).select_from(OrganisationRow))
    assert len(seen) == 3


def test_a_slot_shows_what_its_providers_have_in_the_order_of_their_names(db: Database) -> None:
    slot: Slot[int, str] = Slot("test")
    slot.provide("b", lambda actor, tx, thing: [f"b{thing}"])
    slot.provide("a", lambda actor, tx, thing: [f"a{thing}"] if actor.signed_in else [])
    with db.transaction(write=False) as tx:
        assert slot.items(Actor(), tx, 1) == ["b1"]
        assert slot.items(Actor(person_id=1), tx, 1) == ["a1", "b1"]


def test_a_page_for_strangers_stores_nothing(visitor: Visitors, db: Database) -> None:
    with statements(db) as seen:
        visitor().get("/sign-in")
    assert not [line for line in seen if not line.lstrip().upper().startswith("SELECT")]


def test_too_many_changes_in_a_minute_are_slowed_down(db: Database, make_settings: Any) -> None:
    app = create_app(dataclasses.replace(make_settings(db.url), rate_limit=3), db)
    app.register_blueprint(_probe())
    browser = Visitor(app)
    browser.get("/probe/words")
    for number in range(3):
        browser.post("/probe/words", word=f"word{number}")
    browser.post("/probe/words", status=429, word="one too many")
    assert len(stored(db)) == 3
