"""Every published document is read, with a phrase from inside to prove it. Needs the folder of real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cop.files.checks import identify
from cop.files.extract import extract
from cop.files.outcome import ExtractedText

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not os.environ.get("COP_REAL_DATA"), reason="COP_REAL_DATA does not name the folder of real files"
    ),
]
FOLDER = Path(os.environ.get("COP_REAL_DATA", "")) / "documents"
USER_RESEARCH = "markdown/user-centred-design__user-research__"
PHRASES = {
    "hcc-case-study-1.pdf": "claimed by parents of school children from families on low income",
    "hcc-case-study-9.pdf": "In May 2013 the digital service handled 85,364 transactions",
    "chelmsford-case-study-2.pdf": "launched an online service for renewing senior railcards",
    "digital-service-standard.pdf": "Put a plan in place for ongoing user research",
    "assisted-digital-information-template.pdf": "The support is sustainably funded",
    "GOVUK-Survey.pdf": "How much do you trust the information on GOV.UK",
    "BISExpertInterviewsDiscussionGuideOctober2012.docx.pdf": "6 x 45-minute user sessions on typical business",
    "IDAQualBrief.pdf": 'the "one-stop shop" for online government',
    "ad-personas-march-2015.odt": "cataracts in both eyes",
    "alpha-review-service-assessment-prompts-and-evidence.ods": "confirm the minister responsible for the service",
    "CDO-applicant-pack-SM.docx": "maintenance of large-scale, long-term outsourcing contracts",
    "CDO-applicant-pack-SM.odt": "maintenance of large-scale, long-term outsourcing contracts",
    "Agile-coach.docx": "framework agnostic, use the right tools",
    "Businessanalyst-generic.odt": "Agile and Waterfall Project Management delivery methodologies",
    "welsh-authority-names.docx": "Isle of Anglesey County Council Cyngor Sir Ynys Môn",
    "markdown/2018-05-03-open-standards-board.md": "Noted the ODIs standards for data guidance website",
    "markdown/agile__running-retrospectives.md": "a meeting at the end of a sprint",
    "markdown/digital-by-default-26-points__index.md": "a set of criteria for digital teams building",
    "markdown/making-software__open-standards-and-licensing.md": "open standards for software interoperability, data",
    "markdown/open-contracting-data-standard-profile.md": "data on all stages of the contracting process",
    "markdown/technology__code-of-practice.md": "domain registration, and any external facing digital transaction",
    USER_RESEARCH + "community-user-groups.md": "allows pre-selected respondents to interact",
    USER_RESEARCH + "discussion-guides.md": "a focus group or 1:1 interview",
    USER_RESEARCH + "survey-design.md": "explains the purpose of the survey",
}


def read(name: str) -> ExtractedText:
    path = FOLDER / name
    kind = identify(path, path.name)
    with path.open("rb") as stream:
        return extract(stream, kind)


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_document_has_a_phrase_here() -> None:
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    assert found - {"SOURCES.md"} == set(PHRASES)


@pytest.mark.parametrize("name", PHRASES)
def test_the_phrase_inside_is_read(name: str) -> None:
    outcome = read(name)
    assert outcome.status == "searchable", outcome.reason
    assert outcome.reason is None
    assert PHRASES[name].casefold() in words(outcome.text).casefold()
    assert not set(outcome.text) & set("\u00a0\u00ad\u200b\ufb01\ufffd\0")
    assert (outcome.pages is not None) == name.endswith(".pdf")
    assert not outcome.scanned


def test_the_names_in_the_welsh_tables_stand_side_by_side_with_their_accents() -> None:
    lines = read("welsh-authority-names.docx").text.splitlines()
    assert "Carmarthenshire County Council\tCyngor Sir Gaerfyrddin / Cyngor Sir Gâr" in lines
    assert sum("\tCyngor" in line for line in lines) >= 20


def test_what_hides_in_a_real_file_is_pointed_out() -> None:
    hidden = read("welsh-authority-names.docx").hidden
    assert hidden.company == "Welsh Government"
    assert len(hidden.authors) == 1
    assert hidden.last_saved_by
    assert read("ad-personas-march-2015.odt").hidden.authors


def test_the_same_pack_in_two_formats_reads_alike() -> None:
    one, other = (set(words(read(f"CDO-applicant-pack-SM.{end}").text).split()) for end in ("docx", "odt"))
    assert len(one & other) / len(one | other) > 0.98
