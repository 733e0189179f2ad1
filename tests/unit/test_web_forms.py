"""What the filters of form fields leave of typed text: what can be seen, in the order in which it was typed."""

from __future__ import annotations

import pytest
from wtforms import StringField
from wtforms.validators import DataRequired

from cop.web.forms import Form, one_line, stripped, unix_lines


class NameForm(Form):
    """A name."""

    name = StringField("Name", [DataRequired("Enter a name")], filters=[one_line])


@pytest.mark.parametrize("clean", [one_line, stripped, unix_lines])
@pytest.mark.parametrize("hidden", ["\x00", "\x01", "\x7f", "\x9b", "\ufeff", "\u202e", "\u2066", "\ud800"])
def test_what_no_one_types_is_left_out(clean: object, hidden: str) -> None:
    assert callable(clean)
    assert clean(f"Ann{hidden} Other") == "Ann Other"


def test_letters_of_every_script_stay() -> None:
    for text in ("Zoë O’Brien", "שלום\u200f עולם", "می\u200cخواهم", "👩\u200d🚒 crew", "a\u00adb"):
        assert one_line(text) == stripped(text) == unix_lines(text) == text


def test_white_space_of_any_kind_is_one_space_on_one_line() -> None:
    assert one_line(" a\x0b b\x0c\u2028c\t\r\n d \x01 e ") == "a b c d e"


@pytest.mark.parametrize("nothing", ["\u200b", "\u200b \u2060", "\u3164", "\u00ad\u200d", "\u202e \u2800"])
def test_a_name_of_nothing_that_can_be_seen_is_missing(nothing: str) -> None:
    form = NameForm(data={"name": None})
    form.process(data={"name": one_line(nothing)})
    assert not form.validate()
    assert form.name.errors == ["Enter a name"]


def test_lines_are_ended_as_the_person_saw_them() -> None:
    assert unix_lines("a\r\nb\rc\n") == "a\nb\nc\n"
    assert one_line(None) is stripped(None) is unix_lines(None) is None
