"""What changed between two texts."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from cop.threads.differences import Piece, differences

texts = st.text(alphabet="ab .\nü", max_size=60)


@given(texts, texts)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    pieces = differences(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after


@given(texts)
def test_the_same_text_has_no_differences(text: str) -> None:
    assert all(piece.kind == "same" for piece in differences(text, text))


def test_only_the_changed_word_is_marked() -> None:
    assert differences("Price flat so far.", "Price down so far.") == [
        Piece("same", "Price "),
        Piece("removed", "flat"),
        Piece("added", "down"),
        Piece("same", " so far."),
    ]


def test_changes_close_to_each_other_are_one_phrase() -> None:
    before = "We think the price of a bed is too high for most councils."
    after = "We know the cost of each bed is too high for most councils."
    assert differences(before, after) == [
        Piece("same", "We "),
        Piece("removed", "think the price of a"),
        Piece("added", "know the cost of each"),
        Piece("same", " bed is too high for most councils."),
    ]


def test_a_line_is_not_joined_to_the_next() -> None:
    pieces = differences("one\ntwo\nthree\n", "1\ntwo\n3\n")
    assert [piece.text for piece in pieces if piece.kind == "same"] == ["\ntwo\n", "\n"]


def test_hostile_texts_take_bounded_work() -> None:
    before, after = "a\n" * 10_000, "b a\n" * 5_000
    begun = time.process_time()
    differences(before, after)
    differences("a b " * 5_000, "b c " * 5_000)
    assert time.process_time() - begun < 2


def test_few_marks_repeated_take_bounded_work() -> None:
    # Fifteen paragraphs of 600 marks each: just short enough to be compared word by word, every mark like any other.
    before = "".join("." * 600 + f"\n{line}\n" for line in range(15))
    after = "".join((".," * 300) + f"\n{line}\n" for line in range(15))
    begun = time.process_time()
    pieces = differences(before, after)
    assert time.process_time() - begun < 2
    assert "".join(piece.text for piece in pieces if piece.kind != "added") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "removed") == after
    assert len(pieces) < 100


def test_thousands_of_changes_are_shown_as_two_texts() -> None:
    # Marks in turn without end tell nobody anything, and made a page of eighteen megabytes.
    line = " ".join(f"word{number} stays so here" for number in range(78))
    before = "".join(f"{line}\n{number}\n" for number in range(15))
    after = before.replace("word", "term")
    assert differences(before, after) == [Piece("removed", before), Piece("added", after)]


def test_many_changes_are_still_shown_one_by_one() -> None:
    before = " ".join(f"word{number} stays so here" for number in range(75))
    after = before.replace("word", "term")
    assert len(differences(before, after)) > 200
