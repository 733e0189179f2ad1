"""The parser of what was typed: it understands four things and survives everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.search.query import MAX_CLAUSES, MAX_WORDS, Phrase, Prefix, Query, Word, parse


def shown(query: Query) -> list[str]:
    def one(clause: Word | Phrase | Prefix) -> str:
        if isinstance(clause, Phrase):
            return '"' + " ".join(clause.words) + '"'
        return clause.letters + "*" if isinstance(clause, Prefix) else clause.word

    return [one(clause) for clause in query.wanted] + ["-" + one(clause) for clause in query.unwanted]


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("emergency placement pricing", ["emergency", "placement", "pricing"]),
        ('"open book" lot', ['"open book"', "lot"]),
        ("“open book”", ['"open book"']),
        ('"open', ["open"]),
        ('"one"', ["one"]),
        ("maint* fleet", ["maint*", "fleet"]),
        ("ma*", ["ma"]),
        ("*", []),
        ("ma*nt", ['"ma nt"']),
        ("open-book", ['"open book"']),
        ("fleet -diesel", ["fleet", "-diesel"]),
        ('fleet -"hire car"', ["fleet", '-"hire car"']),
        ("-only", ["-only"]),
        ("the fleet of the county", ["fleet", "county"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ('"the contract"', ['"the contract"']),
        ("fleet Fleet FLEET", ["fleet"]),
        ("(fleet) AND [van]", ["fleet", "van"]),
        ("kind:asset", ['"kind asset"']),
    ],
)
def test_what_is_understood(typed: str, understood: list[str]) -> None:
    assert shown(parse(typed)) == understood


def test_only_unwanted_words_are_no_query() -> None:
    assert not parse("-fleet")


def test_too_much_is_shortened_and_said() -> None:
    query = parse(" ".join(f"word{number}" for number in range(20)))
    assert len(query.wanted) == MAX_CLAUSES
    assert query.shortened
    assert not parse("fleet").shortened


def test_loosened_takes_phrases_apart() -> None:
    looser = parse('"terms of contract" fleet').loosened()
    assert looser is not None
    assert looser.any_of
    assert shown(looser) == ["terms", "contract", "fleet"]


def test_a_single_word_cannot_be_loosened() -> None:
    assert parse("fleet").loosened() is None


@given(st.one_of(st.text(), st.text(alphabet='"“”*-() aé\x00’\ud7ff😀', max_size=600)))
def test_any_text_is_a_query_within_its_limits(typed: str) -> None:
    query = parse(typed)
    assert len(query.wanted) + len(query.unwanted) <= MAX_CLAUSES
    sizes = [len(clause.terms) for clause in query.wanted if isinstance(clause, Phrase)]
    assert sum(sizes) <= MAX_WORDS
    assert all(len(clause.letters) >= 3 for clause in query.wanted if isinstance(clause, Prefix))
    looser = query.loosened()
    assert looser is None or looser.wanted
