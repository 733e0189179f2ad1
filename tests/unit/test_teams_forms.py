"""The charter's form: what it refuses, in which words."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from cop.teams.forms import CharterForm, PlaceForm
from cop.teams.limits import GAP_NOTE_MAX, NAME_MAX, QUESTION_MAX, SCOPE_MAX

GOOD = {
    "name": "Agency staff",
    "question": "How might we?",
    "access_mode": "open",
    "start_date-day": "2",
    "start_date-month": "11",
    "start_date-year": "2026",
}


def filled(**changes: str) -> CharterForm:
    """The form with these fields typed."""
    return CharterForm(MultiDict({**GOOD, **{key.replace("__", "-"): text for key, text in changes.items()}}))


def test_a_name_and_a_question_are_enough() -> None:
    form = filled()
    assert form.validate(), form.errors
    assert form.charter().end_date is None


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("name", "", "Enter a name for the team"),
        ("name", "a" * (NAME_MAX + 1), "Name must be 120 characters or fewer"),
        ("question", " ", "Enter the question"),
        ("question", "a" * (QUESTION_MAX + 1), "300 characters or fewer"),
        ("ambition", "A great deal cheaper", "Put a number in the ambition"),
        ("scope_in", "a" * (SCOPE_MAX + 1), "4,000 characters or fewer"),
        ("gap_note", "a" * (GAP_NOTE_MAX + 1), "200 characters or fewer"),
        ("access_mode", "everybody", "Choose who can read"),
        ("functions_wanted", "juggling", "Choose"),
    ],
)
def test_what_it_refuses(field: str, text: str, says: str) -> None:
    form = filled(**{field: text})
    assert not form.validate()
    assert says in " ".join(form.errors[field])


def test_the_end_cannot_stand_before_the_start() -> None:
    form = filled(end_date__day="1", end_date__month="11", end_date__year="2026")
    assert not form.validate()
    assert form.errors == {"end_date": ["End date must be on or after the start date"]}


def test_a_year_nobody_means_is_refused() -> None:
    form = filled(end_date__day="1", end_date__month="11", end_date__year="9999")
    assert not form.validate()
    assert "end_date" in form.errors


def test_a_limit_counts_the_characters_a_person_sees() -> None:
    form = filled(scope_in="\r\n".join(["a" * 99] * 40))
    assert form.validate(), form.errors


def test_a_place_needs_a_role_and_a_function() -> None:
    form = PlaceForm(MultiDict({}))
    assert not form.validate()
    assert set(form.errors) == {"role", "function"}
