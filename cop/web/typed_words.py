"""What somebody typed, in the words of the form they typed it in: for a page that shows it once more.

A form also sends what nobody typed: the key it is sent once with, the version it began from, the post it quotes. That
is carried along, and not shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import BooleanField, Field, HiddenField, SelectFieldBase
from wtforms.fields.choices import SelectChoice

from cop.web.area import form_of

UNTYPED = frozenset(
    {
        *(
            "key",
            "quote",
            "base_version",
            "revision",
            "file_id",
            "next",
            "carried",
            "preview",
            "draft",
            "writer",
        ),
        *("left", "version", "decision", "thing"),
    }
)
"""Fields of our forms that nobody types in, where it is not known which form it was."""


def typed_words(address: str, fields: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """Label and text of what a person typed into the form that is sent to this address; nothing that is empty."""
    form_class = form_of(address)
    known: dict[str, Field] = dict(form_class()._fields) if form_class else {}
    found = (_shown(known, name, text) for name, text in fields if text.strip())
    return [each for each in found if each is not None]


def _shown(known: dict[str, Field], name: str, text: str) -> tuple[str, str] | None:
    field = known.get(name)
    if field is None:
        # A date is typed in three parts, each by itself.
        whole, _, part = name.rpartition("-")
        if whole in known:
            return f"{known[whole].label.text}: {part}", text
        return None if name in UNTYPED else (name.replace("_", " ").replace("-", " ").capitalize(), text)
    if isinstance(field, HiddenField):
        return None
    if isinstance(field, BooleanField):
        return field.label.text, "Yes"
    if isinstance(field, SelectFieldBase):
        choices = getattr(field, "choices", None) or ()
        words = {str(each.value): str(each.label) for each in choices if isinstance(each, SelectChoice)}
        return field.label.text, words.get(text, text)
    return field.label.text, text
