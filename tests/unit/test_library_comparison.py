"""Comparing two texts: what it says leads from one to the other, and costs a bounded number of steps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.library.comparison import ALL_CELLS, RUNS, Comparison, compare

TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(["the", "lot", "price", "night", ".", ",", "\n", "£5", " "]), max_size=120).map(
        " ".join
    ),
)
RANDOM = random.Random(7)
VOCABULARY = [f"word{number}" for number in range(3000)]
LONG = [RANDOM.choice(VOCABULARY) for _ in range(60_000)]


def applied(old: str, new: str, found: Comparison) -> str:
    """The old text with what the comparison says done to it; what is kept must be the same but for spaces."""
    at = to = 0
    made = []
    for step in found.steps:
        kept, other = old[at : at + step.old_same], new[to : to + step.new_same]
        assert "".join(kept.split()) == "".join(other.split())
        at, to = at + step.old_same + step.removed, to + step.new_same + step.added
        made.append(other + new[to - step.added : to])
    assert at == len(old), "the old text is not used up"
    return "".join(made)


@given(TEXTS, TEXTS)
def test_applied_to_one_text_it_gives_the_other(old: str, new: str) -> None:
    assert applied(old, new, compare(old, new)) == new


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    found = compare(text, text)
    assert found.changes == found.removed == found.added == 0
    assert applied(text, text, found) == text


@given(TEXTS, TEXTS)
def test_what_goes_one_way_comes_the_other(old: str, new: str) -> None:
    there, back = compare(old, new), compare(new, old)
    assert (there.kept + there.removed, there.kept + there.added) == (
        back.kept + back.added,
        back.kept + back.removed,
    )


def test_lines_that_break_elsewhere_are_no_difference() -> None:
    found = compare("The lot opens\nits books. It stays open.", "The lot opens its\nbooks.\n\nIt stays open.")
    assert found.changes == 0
    assert found.kept == 8


def test_a_changed_word_is_one_change_among_what_stays() -> None:
    old = "The provider keeps a readiness charge for the first 72 hours and then a fixed price after that."
    found = compare(old, old.replace("72 hours", "48 hours"))
    assert (found.changes, found.removed, found.added) == (1, 1, 1)
    step = found.steps[0]
    assert old[step.old_same : step.old_same + step.removed] == "72 "


HOSTILE = {
    "one word again and again": ("a " * 200_000, "a " * 199_999 + "b"),
    "two words out of step": ("a b " * 100_000, "b a " * 100_000 + "c"),
    "a period": ("a b c d e f g " * 20_000, "a b c d e f h " * 20_000),
    "nothing in common": (" ".join(LONG), " ".join(word.upper() for word in LONG)),
    "the same words in another order": (" ".join(LONG), " ".join(sorted(LONG))),
    "marks only": ("." * 300_000, "," * 300_000),
    "chance": tuple(" ".join(RANDOM.choice("ab") for _ in range(150_000)) for _ in range(2)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_number_of_steps_is_bounded_whatever_the_texts(name: str) -> None:
    old, new = HOSTILE[name]
    found = compare(old, new)
    words = len(old.split()) + len(new.split()) if name != "marks only" else 600_000
    # Each level looks at each word at most three times: as a run, and as a beginning and an end of a gap.
    assert found.work.words <= words * (1 + 3 * (len(RUNS) + 1))
    assert found.work.cells <= ALL_CELLS
    assert applied(old, new, found) == new


def test_two_hundred_pages_with_a_few_edits_show_the_few_edits() -> None:
    edited = list(LONG)
    places = range(100, len(edited), 1_000)
    for place in places:
        edited[place : place + 2] = ["entirely", "new"]
    found = compare(" ".join(LONG), "\n".join(edited))
    assert found.changes == len(places)
    assert found.added == found.removed == 2 * len(places)
