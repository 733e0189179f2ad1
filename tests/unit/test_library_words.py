"""Words of the library: sizes, lines and the vocabulary shared with the demonstration."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cop.demo.content import records
from cop.files.kinds import Kind
from cop.library import vocabulary, wording
from cop.library.lifecycle import LIFECYCLE


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (812, "812 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (84_212, "84 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (2_130_000, "2.1 MB"),
        (9_960_000, "10 MB"),
        (104_857_600, "105 MB"),
        (2_000_000_000, "2.0 GB"),
    ],
)
def test_sizes_read_as_people_say_them(size: int, words: str) -> None:
    assert wording.size_words(size) == words.replace(" ", "\N{NO-BREAK SPACE}")


def test_files_and_lines_in_words() -> None:
    assert (
        wording.download_words(Kind.DOCX, 84_000) == "Download Word document (DOCX), 84\N{NO-BREAK SPACE}kB"
    )
    assert wording.file_words(Kind.PDF, 2_100_000, 12) == "PDF, 2.1\N{NO-BREAK SPACE}MB, 12 pages"
    assert wording.file_words(Kind.PDF, 900, 1) == "PDF, 900\N{NO-BREAK SPACE}bytes, 1 page"
    assert (
        wording.kind_line("specification", "procurement_act_2023") == "Specification · Procurement Act 2023"
    )
    assert wording.kind_line("lesson", "not_regime_specific") == "Lesson"
    assert wording.kind_line("lesson", None) == "Lesson"
    assert wording.documents(1204) == "1,204 documents"
    assert wording.date_words(date(2026, 11, 3)) == "3 November 2026"
    assert wording.date_words(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 July 2026"


def test_the_demonstration_uses_the_same_keys() -> None:
    assert set(records.AUDIENCES) == set(vocabulary.AUDIENCES) == set(vocabulary.WIDTH)
    assert records.LICENCE in vocabulary.LICENCES
    assert set(records.ASSET_STATES) <= set(vocabulary.STATES) <= set(vocabulary.VERSION_STATES)


def test_the_table_leads_from_draft_to_withdrawn_and_never_back() -> None:
    steps = {(state, step.to) for step in LIFECYCLE.transitions for state in step.from_}
    assert steps == {
        ("draft", "published"),
        ("published", "superseded"),
        ("published", "withdrawn"),
        ("superseded", "withdrawn"),
    }
