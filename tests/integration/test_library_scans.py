"""A scanned document: its owner is told before it is published, its readers on its page and in results."""

from __future__ import annotations

from collections.abc import Callable

from cop.files.outcome import SCANNED, ExtractedText
from cop.kernel.db import Database
from cop.library.search import AssetSource
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.data.sample_files import scan

Visitors = Callable[..., Visitor]
READ = ExtractedText("not_searchable", SCANNED, pages=2, scanned=True)


def test_the_owner_and_the_readers_are_told(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    owner = community.person()
    asset_id = library.draft(owner, content=scan("", ""), filename="minutes.pdf", read=READ)
    browser = visitor().sign_in_as(community, owner)
    page = browser.get(f"/library/{asset_id}").text
    assert "This looks like a scan" in page
    assert "text recognition (OCR)" in page
    assert f'href="/library/{asset_id}/file"' in page
    library.publish(owner, asset_id)
    page = visitor().get(f"/library/{asset_id}").text
    assert page.count(SCANNED) == 2, "at the top, and where it says how it can be found"
    assert "2 pages, scanned without text" in page
    assert "add it as a new version" not in page
    assert "add it as a new version" in browser.get(f"/library/{asset_id}").text
    with db.transaction(write=False) as tx:
        shown = AssetSource().present(owner, tx=tx, ids=[asset_id])[asset_id]
    assert shown.below[0].endswith("2 pages, scanned without text")


def test_what_could_not_be_read_is_not_called_a_scan(
    visitor: Visitors, community: Community, library: Library
) -> None:
    owner = community.person()
    read = ExtractedText("not_searchable", "The PDF is damaged, so its text cannot be searched.")
    asset_id = library.draft(owner, content=scan(""), filename="minutes.pdf", read=read)
    library.publish(owner, asset_id)
    page = visitor().get(f"/library/{asset_id}").text
    assert "scanned" not in page
    assert "Not searchable. The PDF is damaged" in page
