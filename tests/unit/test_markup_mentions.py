"""People, documents, threads and posts that a text names by number: kept by it, shown by what they are called now."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cop.kernel.markup import Mention, fill_in, mentions, people_called, render_markdown, to_plain_text
from tests.data.allowed_html import faults

AMIRA, KPIS = Mention("people", 12), Mention("library", 5)


def test_a_mention_becomes_a_link_and_shows_the_name_of_now() -> None:
    html = render_markdown("Ask @[Amira Khan](person:12) about [The KPIs](asset:5).").html
    assert mentions(html) == [AMIRA, KPIS]
    assert "The KPIs" not in html, "a title is not for everybody who reads the text"
    assert to_plain_text(html) == "Ask @Amira Khan about a document."
    shown = fill_in(html, {AMIRA: ("Amira Jones", True), KPIS: ("The <new> KPIs", True)})
    assert '<a class="mention" href="/people/12">@Amira Jones</a>' in shown
    assert '<a class="mention" href="/library/5">The &lt;new&gt; KPIs</a>' in shown
    assert fill_in(html, {}).count("<a ") == 0, "what one may not see leads nowhere"
    assert "@Amira Khan" in fill_in(html, {})


def test_a_quotation_calls_nobody_and_neither_does_code() -> None:
    said = "> Ask @[Tom](person:3)\n>> and @[Sam](person:4)"
    source = f"{said}\n\n`@[No](person:9)` @[Ann](person:5)\n\n> @[Bo](person:6)"
    assert people_called(render_markdown(source).html) == [5]


def test_what_only_looks_like_a_mention_is_an_ordinary_link_or_text() -> None:
    for source in (
        "[Amira](/people/12)",
        "@[Amira](https://www.example.org)",
        "[Amira](person:12)",
        "@Amira",
        r"\@\[Amira](person:12)",
    ):
        assert mentions(render_markdown(source).html) == [], source


NAMES = st.text(
    st.characters(blacklist_characters="[]\n\r", blacklist_categories=("Cs",)), min_size=1, max_size=40
)


@given(typed=NAMES, now=NAMES, number=st.integers(1, 10**9))
def test_no_name_does_anything_but_be_read(typed: str, now: str, number: int) -> None:
    html = render_markdown(f"@[{typed}](person:{number})").html
    assert faults(html) == []
    shown = fill_in(html, dict.fromkeys(mentions(html), (now, False)))
    assert [fault for fault in faults(shown) if "span" not in fault] == []
