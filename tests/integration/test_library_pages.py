"""Adding, checking, publishing, changing and withdrawing an asset, through the pages and without JavaScript."""

from __future__ import annotations

import html
import io
import os
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from cop.files import pending, tokens
from cop.files import service as files
from cop.files.outcome import ExtractedText, not_searchable
from cop.files.pending import DAY
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.events import EventRow
from cop.library import service, upload
from cop.library.service import Details
from tests.build.community import Community
from tests.build.library import HIDDEN, TYPED, Library, a_file, asset_of, fields_of, number_in
from tests.build.pages import Visitor
from tests.data.sample_files import docx, paragraph

Visitors = Callable[..., Visitor]


def _events(db: Database) -> list[str]:
    with db.transaction(write=False) as tx:
        kinds = tx.session.scalars(select(EventRow.kind).order_by(EventRow.id)).all()
    return [kind for kind in kinds if kind.startswith(("Asset", "File"))]


def test_from_upload_to_a_stranger_with_the_same_bytes(
    browser: Visitor, visitor: Visitors, officer: Actor, library: Library, db: Database
) -> None:
    content = docx(paragraph("Words inside"))
    browser.get("/library/new")
    answer = browser.post("/library/new", file=a_file(content=content), **fields_of(officer))
    asset_id = number_in(answer)
    page = browser.follow(answer)
    assert "We are reading the document" in page.text
    assert "to download</button>" not in page.text
    browser.post(f"/library/{asset_id}/publish", status=422, file_id=str(asset_of(db, asset_id).file.file_id))
    library.read(asset_id, ExtractedText("searchable", text="Words inside"))
    page = browser.get(f"/library/{asset_id}")
    assert "Can be found by every word in it" in page.text
    visitor().get(f"/library/{asset_id}", status=404)
    browser.post(f"/library/{asset_id}/publish", file_id=str(asset_of(db, asset_id).file.file_id))
    stranger = visitor()
    assert TYPED["title"] in stranger.get("/library").text
    page = stranger.get(f"/library/{asset_id}")
    assert "Download Word document (DOCX)" in page.text
    got = stranger.get(f"/library/{asset_id}/download/1")
    assert got.data == content
    got.close()
    assert _events(db) == ["FileStored", "AssetDrafted", "FileTextExtracted", "AssetPublished"]


def test_a_document_that_cannot_be_read_can_be_published_and_downloaded(
    browser: Visitor, visitor: Visitors, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = number_in(
        browser.post("/library/new", file=a_file("notes.txt", b"Words"), **fields_of(officer))
    )
    file_id = asset_of(db, asset_id).file.file_id
    with db.transaction(write=True) as tx:
        files.give_up(SYSTEM, tx=tx, file_id=file_id)
    page = browser.get(f"/library/{asset_id}").text
    assert "Not searchable. We could not read this document" in page
    assert "We are reading the document" not in page
    browser.post(f"/library/{asset_id}/publish", file_id=str(file_id))
    assert "Not searchable. We could not read this document" in visitor().get(f"/library/{asset_id}").text
    with visitor().get(f"/library/{asset_id}/download/1") as got:
        assert got.data == b"Words"


def test_the_open_government_licence_is_chosen_already(
    browser: Visitor, community: Community, library: Library, officer: Actor
) -> None:
    """Most public sector documents carry it, so nobody should have to look for it; whoever chose differs keeps that."""
    team_id = library.team(officer)
    for path in ("/library/new", f"/teams/{team_id}/library/new"):
        assert _chosen_licence(browser.get(path).text) == ("OGL-UK-3.0", "Open Government Licence v3.0"), path
    again = browser.post("/library/new", status=422, **{**fields_of(officer), "licence": ""}).text
    assert _chosen_licence(again) == ("", "Not decided yet")


def _chosen_licence(page: str) -> tuple[str, str]:
    """Value and words of the option that a browser shows in the list of licences."""
    options = re.search(r'<select[^>]* name="licence".*?</select>', page, re.DOTALL)
    assert options is not None
    (found,) = re.findall(r'<option value="([^"]*)" selected>([^<]*)<', options[0])
    return found[0], html.unescape(found[1]).strip()


def test_an_error_keeps_what_was_typed_and_the_upload(browser: Visitor, officer: Actor, db: Database) -> None:
    typed = fields_of(officer, summary="A summary <with> & in it", title="")
    page = browser.post("/library/new", status=422, file=a_file("Grüße aus Köln.docx"), **typed)
    assert "<title>Error: " in page.text
    assert "A summary &lt;with&gt; &amp; in it" in page.text
    assert "Grüße aus Köln.docx (DOCX" in page.text
    found = re.search(r'name="file_kept" value="([^"]+)"', page.text)
    assert found is not None
    typed = fields_of(officer, file_kept=html.unescape(found[1]), file=(io.BytesIO(), ""))
    asset = asset_of(db, number_in(browser.post("/library/new", **typed)))
    assert asset.file.filename == "Grüße aus Köln.docx"
    assert asset.title == TYPED["title"]


def test_an_upload_is_taken_in_while_no_connection_is_held(
    browser: Visitor, officer: Actor, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    real = upload.receive

    def receive(*args: Any, **kwargs: Any) -> Any:
        held.append(db.reads.pool.checkedout() + db.writes.pool.checkedout())  # type: ignore[attr-defined]
        return real(*args, **kwargs)

    monkeypatch.setattr(upload, "receive", receive)
    browser.post("/library/new", file=a_file(), **fields_of(officer))
    browser.post("/library/new", status=422, file=a_file(), **fields_of(officer, title=""))
    assert held == [0, 0]


def test_the_same_form_sent_twice_at_once_adds_one_asset(
    officer: Actor, library: Library, db: Database
) -> None:
    received = library.received()
    details = Details("Title", "Summary", "lesson", "Workforce", "public")
    start, made = threading.Barrier(4), []

    def send() -> None:
        start.wait()
        with db.transaction(write=True) as tx:
            made.append(
                service.draft(officer, tx=tx, details=details, received=received, team_id=None, key="k")
            )

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 4
    assert len(set(made)) == 1
    assert _events(db) == ["FileStored", "AssetDrafted"]


def _token(browser: Visitor, officer: Actor) -> str:
    page = browser.post("/library/new", status=422, file=a_file(), **fields_of(officer, title=""))
    found = re.search(r'name="file_kept" value="([^"]+)"', page.text)
    assert found is not None
    return html.unescape(found[1])


def test_the_upload_of_one_person_is_nothing_to_another(
    browser: Visitor, visitor: Visitors, community: Community, officer: Actor
) -> None:
    token = _token(browser, officer)
    other = community.person()
    page = (
        visitor()
        .sign_in_as(community, other)
        .post("/library/new", status=422, **fields_of(other, file_kept=token))
    )
    assert upload.CHOOSE_AGAIN in page.text


@pytest.mark.parametrize(
    "change", [lambda token: token[:-2], lambda token: "x" + token, lambda token: "\ud800"]
)
def test_a_token_that_was_tampered_with_asks_for_the_file(
    change: Callable[[str], str], browser: Visitor, officer: Actor
) -> None:
    token = change(_token(browser, officer)).encode("utf-8", "replace").decode()
    page = browser.post("/library/new", status=422, **fields_of(officer, file_kept=token))
    assert upload.CHOOSE_AGAIN in page.text


def test_an_upload_that_was_swept_away_or_is_too_old_is_asked_for_again(
    browser: Visitor, officer: Actor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = _token(browser, officer)
    monkeypatch.setattr(tokens, "TOKEN_SECONDS", -1)
    page = browser.post("/library/new", status=422, **fields_of(officer, file_kept=token))
    assert upload.CHOOSE_AGAIN in page.text
    monkeypatch.undo()
    store: FileStore = app.extensions["cop"].parts[FileStore]
    for sha256 in list(store.kept(-60)):
        store.remove(sha256)
    page = browser.post("/library/new", status=422, **fields_of(officer, file_kept=token))
    assert upload.CHOOSE_AGAIN in page.text


def test_an_upload_that_a_page_names_again_is_not_swept_away(
    browser: Visitor, officer: Actor, app: Flask, db: Database
) -> None:
    token = _token(browser, officer)
    store: FileStore = app.extensions["cop"].parts[FileStore]
    for path in app.extensions["cop"].settings.var.rglob("*/??/??/*"):
        os.utime(path, (1, 1))
    assert len(list(store.kept(DAY))) == 1
    browser.post("/library/new", status=422, **fields_of(officer, title="", file_kept=token))
    assert pending.sweep(db, store) == 0
    assert len(list(store.kept(-60))) == 1


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "Choose a DOCX, ODT, PDF"),
        (("empty.txt", b""), "The file is empty"),
        (("macro.docm", b"PK\x03\x04"), "can contain macros"),
        (("page.docx", b"<html>"), "is a web page or script"),
        (("large.txt", b"x" * 30_000), "The file is too large"),
    ],
)
def test_a_refused_file_is_explained_beside_its_field(
    file: tuple[str, bytes] | None, words: str, browser: Visitor, officer: Actor, app: Flask
) -> None:
    edge = app.extensions["cop"]
    edge.settings = type(edge.settings)(
        **{name: getattr(edge.settings, name) for name in edge.settings.__slots__} | {"max_upload": 20_000}
    )
    fields = fields_of(officer) | ({"file": a_file(*file)} if file else {})
    page = browser.post("/library/new", status=422, **fields)
    assert words in page.text
    assert TYPED["summary"] in page.text
    assert 'href="#file"' in page.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "", "Enter a title"),
        ("title", "x" * 151, "Title must be 150 characters or fewer"),
        ("summary", " ", "Enter a summary"),
        ("summary", "x" * 401, "Summary must be 400 characters or fewer"),
        ("kind", "", "Choose a kind"),
        ("kind", "nonsense", "Choose one of the options"),
        ("category", "Nonsense", "Choose one of the options"),
        ("audience", "", "Choose who can find and download it"),
        ("audience", "team", "Choose who can read it"),
        ("regime", "nonsense", "Choose one of the options"),
        ("licence", "nonsense", "Choose one of the options"),
        ("owner", "999999", "Choose an owner from the list"),
        ("owner", "9" * 30, None),
        ("owner", "nonsense", None),
        ("review_date-month", "13", "Review date must be a real date"),
        ("review_date-year", "9999", "Review date must be between 2000 and 2100"),
    ],
)
def test_bad_input_is_a_message_and_never_a_fault(
    field: str, value: str, words: str | None, browser: Visitor, officer: Actor
) -> None:
    status = 422 if words else 303
    page = browser.post("/library/new", status=status, file=a_file(), **fields_of(officer) | {field: value})
    if words:
        assert words in page.text


def test_the_same_form_sent_twice_adds_one_asset(browser: Visitor, officer: Actor, db: Database) -> None:
    first = browser.post("/library/new", file=a_file(), **fields_of(officer))
    again = browser.post("/library/new", file=a_file(), **fields_of(officer))
    other = browser.post("/library/new", file=a_file(), **fields_of(officer, key="another-key-of-a-form"))
    assert first.headers["Location"] == again.headers["Location"] != other.headers["Location"]
    assert _events(db).count("AssetDrafted") == 2
    assert _events(db).count("FileStored") == 2


def test_hidden_content_is_shown_and_must_be_confirmed(
    browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = library.draft(officer, read=ExtractedText("searchable", text="x", hidden=HIDDEN))
    file_id = str(asset_of(db, asset_id).file.file_id)
    page = browser.get(f"/library/{asset_id}")
    assert "It names Jo Bloggs as its author." in page.text
    assert "It holds 2 comments." in page.text
    assert "How to remove it" in page.text
    page = browser.post(f"/library/{asset_id}/publish", status=422, file_id=file_id)
    assert 'href="#checked"' in page.text
    assert asset_of(db, asset_id).status == "draft"
    browser.post(f"/library/{asset_id}/publish", file_id=file_id, checked="y")
    assert asset_of(db, asset_id).status == "published"
    assert _events(db)[-2:] == ["AssetChecked", "AssetPublished"]


def test_a_confirmation_is_for_the_document_that_was_seen(
    browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = library.draft(officer)
    seen = str(asset_of(db, asset_id).file.file_id)
    browser.get(f"/library/{asset_id}/file")
    browser.post(f"/library/{asset_id}/file", file=a_file())
    library.read(asset_id, ExtractedText("searchable", text="x", hidden=HIDDEN))
    browser.post(f"/library/{asset_id}/publish", status=409, file_id=seen, checked="y")
    assert asset_of(db, asset_id).status == "draft"
    assert asset_of(db, asset_id).file.filename == "spec.docx"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"licence": None}, "Choose a licence."),
        ({"owner_id": None}, "Choose an owner."),
        ({"regime": None}, "Choose the legal regime."),
        ({"review_date": None}, "Enter a review date."),
    ],
)
def test_publishing_says_what_is_missing(
    missing: dict[str, None], words: str, browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = library.draft(officer, **missing)
    page = browser.get(f"/library/{asset_id}")
    assert "Add what is missing" in page.text
    page = browser.post(
        f"/library/{asset_id}/publish", status=422, file_id=str(asset_of(db, asset_id).file.file_id)
    )
    assert f"This cannot be published yet. {words}" in html.unescape(page.text)
    assert asset_of(db, asset_id).status == "draft"


@pytest.mark.parametrize("field", ["licence", "owner", "regime", "review_date-day"])
def test_what_publishing_needed_stays_needed(
    field: str, browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = library.published(officer)
    typed = fields_of(officer, revision="1") | {field: ""}
    if field == "review_date-day":
        typed |= {"review_date-month": "", "review_date-year": ""}
    page = browser.post(f"/library/{asset_id}/edit", status=422, **typed)
    assert "A published document needs" in page.text
    assert asset_of(db, asset_id).revision == 1


def test_letting_more_people_read_asks_again_about_hidden_content(
    browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    read = ExtractedText("searchable", text="x", hidden=HIDDEN)
    asset_id = library.published(officer, audience="network", read=read)
    page = browser.post(f"/library/{asset_id}/edit", status=422, **fields_of(officer, revision="1"))
    assert "It names Jo Bloggs as its author." in page.text
    assert asset_of(db, asset_id).audience == "network"
    browser.post(f"/library/{asset_id}/edit", checked="y", **fields_of(officer, revision="1"))
    assert asset_of(db, asset_id).audience == "public"
    browser.post(f"/library/{asset_id}/edit", **fields_of(officer, revision="2", audience="network"))


def test_two_people_changing_the_details_lose_nothing(
    browser: Visitor, officer: Actor, library: Library, db: Database
) -> None:
    asset_id = library.draft(officer)
    assert "Outcomes specification" in browser.get(f"/library/{asset_id}/edit").text
    browser.post(f"/library/{asset_id}/edit", **fields_of(officer, revision="1", title="Theirs"))
    page = browser.post(
        f"/library/{asset_id}/edit", status=422, **fields_of(officer, revision="1", title="Mine")
    )
    assert "What is saved now" in page.text
    assert "Theirs" in page.text
    assert 'value="Mine"' in page.text
    found = re.search(r'name="revision"[^>]* value="(\d+)"', page.text)
    assert found is not None
    browser.post(f"/library/{asset_id}/edit", **fields_of(officer, revision=found[1], title="Mine"))
    assert asset_of(db, asset_id).title == "Mine"


def test_a_withdrawn_asset_says_why_and_is_gone_from_lists(
    browser: Visitor, visitor: Visitors, officer: Actor, library: Library
) -> None:
    asset_id = library.published(officer, title="An old clause")
    browser.get(f"/library/{asset_id}/withdraw")
    browser.post(f"/library/{asset_id}/withdraw", status=422, reason="")
    browser.post(f"/library/{asset_id}/withdraw", reason="The law <changed>.")
    stranger = visitor()
    assert "The law &lt;changed&gt;." in stranger.get(f"/library/{asset_id}").text
    assert "An old clause" not in stranger.get("/library").text
    stranger.get(f"/library/{asset_id}/download/1", status=410)
    browser.post(f"/library/{asset_id}/withdraw", status=409, reason="Twice.")


def test_what_cannot_be_read_is_kept_and_says_so(visitor: Visitors, officer: Actor, library: Library) -> None:
    asset_id = library.published(officer, read=not_searchable("It holds pictures of pages, not text."))
    page = visitor().get(f"/library/{asset_id}")
    assert "Not searchable. It holds pictures of pages, not text." in page.text
    visitor().get(f"/library/{asset_id}/download/1").close()


def test_only_officers_add_without_a_team_and_only_members_to_a_team(
    visitor: Visitors, community: Community, library: Library
) -> None:
    lead, guest = community.person(), community.person(kind="supplier")
    team_id = library.team(lead, access_mode="open", name="Placements")
    for actor in (guest, community.person(kind="community")):
        browser = visitor().sign_in_as(community, actor)
        browser.get("/library/new", status=404)
        browser.get(f"/teams/{team_id}/library/new", status=403)
        browser.post(f"/teams/{team_id}/library/new", status=403, file=a_file(), **fields_of(actor))
    stranger = visitor()
    stranger.get("/library/new", status=404)
    stranger.get(f"/teams/{team_id}/library/new", status=404)
    browser = visitor().sign_in_as(community, lead)
    assert 'value="team"' in browser.get(f"/teams/{team_id}/library/new").text
    answer = browser.post(f"/teams/{team_id}/library/new", file=a_file(), **fields_of(lead, audience="team"))
    page = browser.follow(answer)
    assert "Placements" in page.text
    assert TYPED["title"] in browser.get(f"/teams/{team_id}/library").text
    tabs = re.sub(r"\s+", " ", browser.get(f"/teams/{team_id}").text)
    assert 'Library <span class="count">1</span>' in tabs
    assert TYPED["title"] not in stranger.get(f"/teams/{team_id}/library").text
    tabs = re.sub(r"\s+", " ", stranger.get(f"/teams/{team_id}").text)
    assert 'Library <span class="count">0</span>' in tabs
