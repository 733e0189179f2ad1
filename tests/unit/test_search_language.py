"""The analyser: what people expect to be the same word is the same term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.search.language import MAX_WORD, fold, term_of, tokens, words, words_behind


def terms(text: str) -> list[str]:
    return [token.term for token in tokens(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("price", "pricing"),
        ("price", "prices"),
        ("policy", "policies"),
        ("child", "children's"),
        ("child", "Children’s"),
        ("maintain", "maintenance"),
        ("organise", "organization"),
        ("organisations", "ORGANIZED"),
        ("analysis", "analyses"),
        ("analyse", "analyzing"),
        ("agency", "agencies"),
        ("bus", "buses"),
        ("person", "people"),
        ("criterion", "criteria"),
        ("café", "cafe"),
        ("cafe\u0301", "cafe"),
        ("Ærø", "aero"),
        ("ﬁnance", "finance"),
        ("１２", "12"),
        ("place\u00adment", "placements"),
        ("KPI", "KPIs"),
        ("SME", "SMEs"),
        ("MP", "MPs"),
        ("councils'", "council"),
        ("O'Brien", "OBrien"),
        ("İstanbul", "istanbul"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)
    assert len(terms(one)) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("size", "sis"), ("bus", "bu"), ("gas", "ga"), ("policy", "police"), ("2023", "2024")]
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert terms(one) != terms(other)


def test_tokens_say_where_they_stand() -> None:
    text = "The café’s “open-book” lot, £2.5m"
    assert [text[token.start : token.end] for token in tokens(text)] == [
        "The", "café’s", "open", "book", "lot", "2", "5m",
    ]  # fmt: skip


def test_limit_counts_tokens() -> None:
    assert len(list(tokens("a b c d", limit=3))) == 3
    assert words("one two three", 2) == [("one", "one"), ("two", "two")]


def test_exceptions_know_their_way_back() -> None:
    assert "people" in words_behind(term_of("person"))
    assert "mainten" in words_behind("maintain")


@given(st.text())
def test_any_text_has_tokens_inside_it(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert end <= token.start < token.end <= len(text)
        assert 0 < len(token.word) <= MAX_WORD
        assert token.term
        end = token.end
    assert [(token.term, token.word) for token in tokens(text)] == words(text, 10**6)


@given(st.text(min_size=1))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
