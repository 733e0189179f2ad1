"""Marks and passages: what is marked is what the search matched, and text is never lost or invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.search.backend import Deadline
from cop.search.document import MOST_TEXT, Presented
from cop.search.highlights import PASSAGE, Passage, explain, find_hits, mark
from cop.search.language import tokens
from cop.search.query import Word, parse


def marked(text: str, typed: str) -> str:
    return shown(Passage(mark(text, find_hits(text, parse(typed)))))


def shown(passage: Passage) -> str:
    inner = "".join(f"[{text}]" if hit else text for text, hit in passage.segments)
    return ("… " if passage.before else "") + inner + (" …" if passage.after else "")


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Prices and pricing", "price", "[Prices] and [pricing]"),
        ("emergency placement prices", "emergency placement", "[emergency placement] prices"),
        ("open-book, open book; book open", '"open book"', "[open-book], [open book]; book open"),
        ("Les écoles et l'École", "ecole", "Les [écoles] et l'École"),
        ("e\u0301coles", "école", "[e\u0301coles]"),
        ("maintenance of vans", "maint*", "[maintenance] of vans"),
        ("we maintain", "maintenance", "we [maintain]"),
        ("Organizations analyzed", "organisation analyse", "[Organizations analyzed]"),
        ("children’s homes", "child", "[children’s] homes"),
        ("People came", "person", "[People] came"),
        ("appraise the raise", "raise", "appraise the [raise]"),
        ("terms of the contract", '"terms of the contract"', "[terms of the contract]"),
        ("fleet van", "fleet -van", "[fleet] van"),
        ("nothing here", "fleet", "nothing here"),
        ("<b>fleet</b> & co", "fleet", "<b>[fleet]</b> & co"),
        ("KPIs and MPs", "kpi mp", "[KPIs] and [MPs]"),
    ],
)
def test_hits(text: str, typed: str, expected: str) -> None:
    assert marked(text, typed) == expected


def test_the_passage_is_the_place_that_shows_most_words() -> None:
    text = (
        "Pricing is hard. "
        + "Filler words stand here. " * 3_000
        + "An emergency placement has its own pricing. "
    )
    text += "More filler follows. " * 50
    explained = explain(Presented("Title", "/", "A summary.", text), parse("emergency placement pricing"))
    assert "An [emergency placement] has its own [pricing]." in shown(explained.passage)
    assert explained.passage.before
    assert explained.passage.after
    assert explained.where == ("inside",)
    assert len(shown(explained.passage)) < PASSAGE + 40


def test_the_summary_is_kept_where_it_shows_as_much() -> None:
    explained = explain(Presented("T", "/", "All about the fleet.", "The fleet again."), parse("fleet"))
    assert shown(explained.passage) == "All about the [fleet]."
    assert explained.where == ("summary", "inside")


def test_a_title_alone_is_said() -> None:
    explained = explain(Presented("Fleet", "/", "A summary.", "Some text."), parse("fleet"))
    assert explained.where == ("title",)
    assert explained.title == (("Fleet", True),)
    assert shown(explained.passage) == "A summary."


def test_without_a_summary_the_text_begins() -> None:
    explained = explain(Presented("T", "/", "", "Some text. " * 100), parse("fleet"))
    assert shown(explained.passage).startswith("Some text.")
    assert explained.passage.after


def test_after_the_deadline_the_text_is_not_read() -> None:
    presented = Presented("T", "/", "A summary.", "The fleet.")
    assert explain(presented, parse("fleet"), Deadline.after(-1)).where == ()


def test_text_beyond_the_limit_is_not_read() -> None:
    presented = Presented("T", "/", "A summary.", "x" * 10 + " " * MOST_TEXT + "fleet")
    assert explain(presented, parse("fleet")).where == ()


@given(st.text(), st.text())
def test_segments_hold_the_text(text: str, typed: str) -> None:
    segments = mark(text, find_hits(text, parse(typed)))
    assert "".join("".join(piece.split()) for piece, _ in segments) == "".join(text.split())


SAMPLE = """price prices pricing policy policies the of Fleet fleet-hire café Cafés people maintain maintenance analyses
organized children’s l'école KPIs bus buses size prized used using criteria d’une possible
possibilities reliably reliability tie tied tying use supplies supply supplier plan planning paid pay bid bidding"""
WORDS = st.sampled_from(SAMPLE.split())


@given(st.lists(WORDS, min_size=1, max_size=20), WORDS)
def test_a_word_is_marked_exactly_where_the_analyser_has_its_term(text_words: list[str], typed: str) -> None:
    """The quick search for likely places must not miss one."""
    text = " / ".join(text_words)
    query = parse(typed)
    wanted = [clause.term for clause in query.wanted if isinstance(clause, Word)]
    expected = [(one.start, one.end) for one in tokens(text) if one.term in wanted]
    if wanted:
        assert [hit[:2] for hit in find_hits(text, query)] == expected


@given(st.text(max_size=400), st.text(alphabet='abcé"* -’', max_size=60), st.text(max_size=60))
def test_explaining_never_fails(text: str, typed: str, summary: str) -> None:
    explain(Presented("T", "/", summary, text), parse(typed))
