"""Hostile Markdown: rendered within 250 ms or shown as typed, and never anything a browser would run."""

import html
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cop.kernel import markup
from cop.kernel.markup import MAX_SOURCE, VERSION, Rendered, quote, render_markdown, sanitise, to_plain_text
from tests.data.allowed_html import faults
from tests.data.hostile_markdown import FAMILIES, SIZES
from tests.data.script_injections import INJECTIONS, PLACEHOLDER_RESULT, PLACEHOLDERS

LONGEST = 0.25
"""Seconds of processor time within which any text must be rendered: a requirement, not a hope about this machine."""

FRAGMENTS = [
    *(
        "[",
        "]",
        "(",
        ")",
        "![",
        "](",
        "<",
        ">",
        "`",
        "``",
        "```",
        "~~~",
        "\n",
        "\n\n",
        "    ",
        "  ",
        "\t",
        "\r",
        "  \n",
    ),
    *(
        "*",
        "**",
        "***",
        "_",
        "__",
        "> ",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "12. ",
        "# ",
        "## ",
        "===",
        "---",
        "- - -",
        "***\n",
    ),
    *(
        "|",
        "|-",
        "|-|-|\n",
        "|a|b|\n",
        "||b|\n|-|-|\n|c|d|\n",
        "Table: ",
        "\n\nTable: c\n\n",
        "\\",
        "\\*",
        "\\`",
        '"',
        "'",
        "&",
        "&amp;",
        "&#2;",
        "&#60;",
        "&colon;",
        "{",
        "}",
    ),
    *(
        "http://a.b",
        "https://",
        "www.",
        "<http://a.b>",
        "<a@b.c>",
        "[a]: ",
        "/files/a.png",
        "/a",
        "#",
        "//",
        "mailto:",
    ),
    *(
        "@[",
        "](person:1)",
        "](asset:2)",
        "](thread:3)",
        "](post:",
        "person:",
        "@[a](person:1)",
        "[b](asset:2)",
    ),
    *(
        "javascript:",
        "data:",
        "<!--",
        "-->",
        "<b>",
        "</b>",
        "<script>",
        "</script>",
        "<svg onload=a>",
        " onerror=a ",
    ),
    *(
        "\x00",
        "\x02",
        "\x03",
        "klzzwxh:0000",
        "\u2028",
        "\u200b",
        "\u202e",
        "\ud800",
        "é",
        "😀",
        "a",
        "b c",
        "1",
        ".",
        "!",
    ),
]
texts = st.lists(
    st.tuples(
        st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=6).map("".join),
        st.sampled_from([1, 1, 1, 2, 5, 40]),
    ).map(lambda pair: pair[0] * pair[1]),
    max_size=12,
).map("".join)


def shown_as_typed(result: Rendered) -> bool:
    """Whether the result is nothing but escaped text."""
    start, end = '<pre class="plain">', "</pre>"
    inner = result.html[len(start) : -len(end)]
    return (
        result.html.startswith(start)
        and result.html.endswith(end)
        and html.escape(html.unescape(inner)) == inner
        and not set("<>") & set(inner)
    )


def is_sound(result: Rendered) -> None:
    """Fail unless the result is safe HTML which the sanitiser would leave alone."""
    assert result.version == VERSION
    if result.plain:
        assert shown_as_typed(result)
    else:
        assert faults(result.html) == []
        assert sanitise(result.html) == result.html


def test_there_are_enough_families_and_they_differ() -> None:
    assert len(FAMILIES) >= 30
    assert len({family(500) for family in FAMILIES.values()}) == len(FAMILIES)
    assert len(set(INJECTIONS)) == len(INJECTIONS) >= 200


@pytest.mark.parametrize("name", FAMILIES)
def test_hostile_family_is_rendered_in_time_or_shown_as_typed(name: str) -> None:
    for size in SIZES:
        source = FAMILIES[name](size)[:MAX_SOURCE]
        taken = []
        for _ in range(2):
            start = time.process_time()
            result = render_markdown(source)
            taken.append(time.process_time() - start)
        assert min(taken) <= LONGEST, f"{size} characters took {min(taken):.3f} s"
        if size <= 4_000:
            is_sound(result)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_injection_is_inert_as_markdown_and_as_html(injection: str) -> None:
    result = render_markdown(injection)
    is_sound(result)
    assert not result.plain
    cleaned = sanitise(injection)
    assert sanitise(cleaned) == cleaned
    assert [
        fault
        for fault in faults(cleaned)
        if fault not in {"a link without href or rel", "a picture without words"}
    ] == []
    is_sound(render_markdown(quote(injection, injection)))


def test_placeholders_are_not_evaluated() -> None:
    for placeholder in PLACEHOLDERS:
        assert PLACEHOLDER_RESULT not in render_markdown(placeholder).html


def test_the_allow_list_check_can_fail() -> None:
    for bad in (
        "<script>a</script>",
        "<p onclick=a>b</p>",
        '<a href="javascript:a" rel="b">c</a>',
        '<a href=" //a" rel="b">c</a>',
        '<img src="//a/b" alt="c">',
        "<!--a-->",
        '<p style="a">b</p>',
        "<a>b</a>",
    ):
        assert faults(bad), bad


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_any_mixture_of_fragments_is_sound(source: str) -> None:
    result = render_markdown(source)
    is_sound(result)
    assert result == render_markdown(source)
    to_plain_text(result.html)


def test_a_parser_used_before_renders_like_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = [family(size) for family in FAMILIES.values() for size in (60, 500)] + list(INJECTIONS)
    with monkeypatch.context() as patch:
        patch.setattr(markup, "_PARSERS_KEPT", 0)
        patch.setattr(markup, "_kept", [])
        fresh = {source: render_markdown(source) for source in sources}
    monkeypatch.setattr(markup, "_PARSERS_KEPT", 1)
    kept: list[object] = []
    monkeypatch.setattr(markup, "_kept", kept)
    used: set[int] = set()
    for source in random.Random(7).sample(sources, len(sources)) * 2:
        used.update(map(id, kept))
        assert render_markdown(source) == fresh[source], source[:80]
        assert len(kept) <= 1
    assert used, "no parser was ever used again"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_is_sound(source: str) -> None:
    is_sound(render_markdown(source))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts, texts)
def test_a_quotation_never_lets_its_content_out(source: str, name: str) -> None:
    result = render_markdown(f"{quote(source, name[:80])}reply")
    is_sound(result)
    if not result.plain:
        assert result.html.startswith("<blockquote>")
        assert result.html.endswith("\n<p>reply</p>")
        assert result.html.count("<p>reply</p>") == 1
