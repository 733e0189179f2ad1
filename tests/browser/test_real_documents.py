"""The journey with real documents, one of each kind and the awkward ones. Needs the folder of real files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import Site
from tests.browser.documents import Document
from tests.browser.hands import Pointer
from tests.browser.person import Person
from tests.integration.test_files_real import PHRASES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.real,
    pytest.mark.skipif(
        not os.environ.get("COP_REAL_DATA"), reason="COP_REAL_DATA does not name the folder of real files"
    ),
]
NAMES = (
    "hcc-case-study-1.pdf",
    "BISExpertInterviewsDiscussionGuideOctober2012.docx.pdf",
    "CDO-applicant-pack-SM.docx",
    "welsh-authority-names.docx",
    "ad-personas-march-2015.odt",
    "alpha-review-service-assessment-prompts-and-evidence.ods",
    "markdown/technology__code-of-practice.md",
)


def test_each_kind_is_uploaded_published_found_and_downloaded(
    site: Site, browsers: Callable[..., Person], tmp_path: Path
) -> None:
    folder = Path(os.environ["COP_REAL_DATA"]) / "documents"
    documents = {name: Document(folder / name, PHRASES[name]) for name in NAMES}
    lead = browsers(site.address).carry(site.world.fresh_session("lead"))
    hands, titles = Pointer(lead.page), {name: f"Real {Path(name).name}" for name in NAMES}
    for name, document in documents.items():
        lead.go(f"/teams/{site.world.places['private'].team}")
        journey.add_document(lead, hands, document, title=titles[name])
        expect(lead.page.get_by_text("Can be found by every word in it.")).to_be_visible()
        lead.look()
        journey.publish(lead, hands)
        lead.look()
    stranger = browsers(site.address)
    for name, document in documents.items():
        stranger.go("/")
        journey.find(stranger, Pointer(stranger.page), document.phrase, titles[name])
        stranger.look()
        journey.download(stranger, Pointer(stranger.page), titles[name], document, tmp_path)
