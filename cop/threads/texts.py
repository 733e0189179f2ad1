"""What people write, rendered once before anything is stored: the Markdown they typed and the HTML it became."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.errors import Invalid
from cop.kernel.markup import VERSION, Rendered, render_markdown, to_plain_text


@dataclass(frozen=True, slots=True)
class Written:
    """A text ready to be stored: its Markdown and what `kernel.markup` made of it."""

    source: str
    rendered: Rendered


UNTOUCHED = Written("", Rendered("", VERSION, plain=False))
"""In the place of a text that is not looked at, because only what stands beside it was asked for."""


def written(source: str, field: str = "body") -> Written:
    """Render typed Markdown. It takes up to a quarter of a second, so never call it inside a transaction.

    Raises Invalid beside `field` for text that would show nothing at all, such as a lone comment.
    """
    rendered = render_markdown(source)
    if not to_plain_text(rendered.html).strip() and "<img" not in rendered.html:
        raise Invalid("What you typed shows nothing when it is formatted. Add some words.", field)
    return Written(source, rendered)
