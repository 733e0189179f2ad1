"""What a post looks like once rendered: what people rely on, and where the house differs from plain Markdown."""

import pytest

from cop.kernel.markup import (
    MAX_SOURCE,
    VERSION,
    Rendered,
    excerpt,
    quote,
    render_markdown,
    safe,
    sanitise,
    to_plain_text,
)
from cop.kernel.web_address import link_address, picture_address

REL = 'rel="nofollow noopener noreferrer ugc"'
FRAME = '<div aria-label="Table" class="table-scroll" role="group" tabindex="0">'


def rendered(source: str) -> str:
    result = render_markdown(source)
    assert not result.plain
    return result.html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        ("words", "<p>words</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("one\r\ntwo\rthree", "<p>one<br>two<br>three</p>"),
        ("**a** _b_ `c < d`", "<p><strong>a</strong> <em>b</em> <code>c &lt; d</code></p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("# a", "<h3>a</h3>"),
        ("a\n=\n\nb\n-", "<h3>a</h3><h4>b</h4>"),
        ("###### a", "<h6>a</h6>"),
        ("#### a", "<h6>a</h6>"),
        ("words:\n- a\n- b", "<p>words:</p><ul><li>a</li><li>b</li></ul>"),
        ("words:\n1. a\n2. b", "<p>words:</p><ol><li>a</li><li>b</li></ol>"),
        ("in the year\n1998. b", "<p>in the year<br>1998. b</p>"),
        ("words\n- - -", "<p>words</p><hr>"),
        ("- a\n    - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
        ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ("1234567890. a", "<ol><li>a</li></ol>"),
        ("> a\n> b\nc", "<blockquote>\n<p>a<br>b</p>\n</blockquote>\n<p>c</p>"),
        ("<name of council> & co", "<p>&lt;name of council&gt; &amp; co</p>"),
        ("&copy; &lt;b&gt;", "<p>© &lt;b&gt;</p>"),
        ("```\n<b>\n\n  c\n```", "<pre><code>&lt;b&gt;\n\n  c\n</code></pre>"),
        ("~~~ Python title\na\n~~~", '<pre><code class="language-python">a\n</code></pre>'),
        ("> ```\n> a\n>\n> b\n> ```", "<blockquote>\n<pre><code>a\n\nb\n</code></pre>\n</blockquote>"),
        ("````\n```\n````", "<pre><code>```\n</code></pre>"),
        ("```\nnever closed", "<p>```<br>never closed</p>"),
        ("a\u202eb\x00c\x02d\ud800e\ufefff", "<p>abcdef</p>"),
        ("\u200f\u05d0", "<p>\u200f\u05d0</p>"),
        ("[a][b]\n\n[b]: /c", "<p>[a][b]</p><p>[b]: /c</p>"),
    ],
)
def test_text(source: str, html: str) -> None:
    assert rendered(source) == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("[a](https://b.org/?c=1&copy=2)", f'<a href="https://b.org/?c=1&amp;copy=2" {REL}>a</a>'),
        ("[a](https://b.org/?c=1&amp;d=2)", f'<a href="https://b.org/?c=1&amp;d=2" {REL}>a</a>'),
        ('[a](/teams/3 "title")', f'<a href="/teams/3" {REL}>a</a>'),
        ("[a](#b)", f'<a href="#b" {REL}>a</a>'),
        ("[a](www.b.org)", f'<a href="https://www.b.org" {REL}>a</a>'),
        ("[a](mailto:b@c.org)", f'<a href="mailto:b@c.org" {REL}>a</a>'),
        ("[a](b@c.org)", f'<a href="mailto:b@c.org" {REL}>a</a>'),
        ("<b@c.org>", f'<a href="mailto:b@c.org" {REL}>b@c.org</a>'),
        ("<https://b.org>", f'<a href="https://b.org" {REL}>https://b.org</a>'),
        (
            "**a** https://b.org/c_d_e.",
            f'<strong>a</strong> <a href="https://b.org/c_d_e" {REL}>https://b.org/c_d_e</a>.',
        ),
        ("(see www.b.org/c_(d))", f'(see <a href="https://www.b.org/c_(d)" {REL}>www.b.org/c_(d)</a>)'),
        ("**https://b.org/**", f'<strong><a href="https://b.org/" {REL}>https://b.org/</a></strong>'),
        ("[https://b.org](https://c.org)", f'<a href="https://c.org" {REL}>https://b.org</a>'),
        ("`https://b.org`", "<code>https://b.org</code>"),
        ("[a]()", "a"),
        ("[a](javascript:b)", "a"),
        ("[a](//b.org)", "a"),
        ("[a](/\\b.org)", "a"),
        ("[a](https://www.gov.uk@b.org)", "a"),
        ("[a](c.html)", "a"),
        ("![a](/files/3/b.png)", '<img alt="a" src="/files/3/b.png">'),
        ("![a](/files/../b.png)", "a"),
        ("![a](https://b.org/c.png)", "a"),
        ("![](/files/3)", ""),
    ],
)
def test_links_and_pictures(source: str, html: str) -> None:
    assert rendered(source) == f"<p>{html}</p>"


def test_a_table_can_be_scrolled_by_itself() -> None:
    assert rendered("|a|b|c|\n|-|-:|:-:|\n|1|2|3|") == (
        f'{FRAME}<table><thead><tr><th scope="col">a</th><th class="align-right" scope="col">b</th>'
        '<th class="align-center" scope="col">c</th></tr></thead>'
        '<tbody><tr><td>1</td><td class="align-right">2</td><td class="align-center">3</td></tr></tbody></table></div>'
    )


def test_an_empty_corner_of_a_table_is_no_heading_and_names_stand_below_it() -> None:
    assert rendered("||b|\n|-|-|\n|1|2|\n||3|") == (
        f'{FRAME}<table><thead><tr><td></td><th scope="col">b</th></tr></thead>'
        '<tbody><tr><th scope="row">1</th><td>2</td></tr><tr><td></td><td>3</td></tr></tbody></table></div>'
    )


TABLE = "|a|b|\n|-|-|\n|1|2|"


def captioned(caption: str, label: str | None = None) -> str:
    frame = FRAME.replace('"Table"', f'"Table: {label or caption}"')
    return (
        f'{frame}<table><caption>{caption}</caption><thead><tr><th scope="col">a</th><th scope="col">b</th></tr>'
        "</thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>"
    )


@pytest.mark.parametrize(
    "source",
    [
        f"Table: c\n\n{TABLE}",
        f"Table: c\n{TABLE}",
        f"{TABLE}\n\nTable: c",
        f"{TABLE}\nTable: c",
        f"{TABLE}\n\n\nTable:   c  ",
    ],
)
def test_a_line_beside_a_table_is_its_caption_and_names_its_frame(source: str) -> None:
    assert rendered(source) == captioned("c")


def test_a_caption_may_hold_what_a_line_may() -> None:
    made = rendered(f'Table: **c** & "d" `<e>`\n{TABLE}')
    caption = '<strong>c</strong> &amp; "d" <code>&lt;e&gt;</code>'
    assert made == captioned(caption, "c &amp; &quot;d&quot; &lt;e&gt;")


def test_a_caption_between_two_tables_is_the_second_ones() -> None:
    bare = captioned("x").replace("<caption>x</caption>", "").replace('"Table: x"', '"Table"')
    assert rendered(f"{TABLE}\n\nTable: c\n\n{TABLE}") == bare + captioned("c")
    assert rendered(f"Table: c\n\n{TABLE}\n\nTable: d") == captioned("c") + "<p>Table: d</p>"


@pytest.mark.parametrize(
    "source", ["Table: c", "Table: c\n\nwords", f"words\n\nTable: c\nd\n\n{TABLE}", f"Table: \n\n{TABLE}"]
)
def test_what_only_looks_like_a_caption_stays(source: str) -> None:
    made = rendered(source)
    assert "<caption>" not in made
    assert "Table:" in to_plain_text(made)


def test_a_long_caption_is_shown_whole_and_named_in_short() -> None:
    words = "word " * 100
    assert rendered(f"Table: {words}\n{TABLE}") == captioned(words.strip(), words[:200])


def test_a_caption_is_words_of_the_text() -> None:
    assert to_plain_text(rendered(f"Table: c\n{TABLE}")).split("\n")[0] == "c"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<script>a</script>b", "b"),
        ("<h1>a</h1>", "a"),
        ('<p id="a" class="b" style="c" onclick="d">e</p>', "<p>e</p>"),
        ('<code class="language-a b">c</code>', "<code>c</code>"),
        ('<div class="table-scroll other">a</div>', "<div>a</div>"),
        ('<div aria-label="Post by the board" role="alert">a</div>', "<div>a</div>"),
        ('<table><caption id="a" onclick="b">c</caption></table>', "<table><caption>c</caption></table>"),
        (
            '<table><tr><th scope="rowgroup" abbr="b">a</th></tr></table>',
            "<table><tbody><tr><th>a</th></tr></tbody></table>",
        ),
        ('<a href="javascript:a">b</a>', f"<a {REL}>b</a>"),
        ('<img src="https://a.org/b.png" alt="c">', '<img alt="c">'),
        ('<ol start="x"><li>a</li></ol>', "<ol><li>a</li></ol>"),
    ],
)
def test_the_sanitiser_alone_knows_the_same_rules(html: str, kept: str) -> None:
    assert sanitise(html) == kept


def test_a_long_text_is_rendered_in_pieces() -> None:
    paragraph = "words and more words " * 20
    html = rendered(f"{paragraph}\n\n" * 100 + "- last\n")
    assert html.count("<p>") == 100
    assert html.endswith("<ul><li>last</li></ul>")


def test_a_long_list_without_blank_lines_is_rendered_in_pieces() -> None:
    assert rendered("- some item or other\n" * 1_500).count("<li>") == 1_500


def test_a_long_ordered_list_keeps_its_numbers_across_pieces() -> None:
    html = rendered("".join(f"{n}. some item or other, of a length\n\n" for n in range(1, 1_001)))
    starts = [int(part.split('"')[0]) for part in html.split('start="')[1:]]
    assert html.count("<li>") == 1_000
    assert starts
    assert all(html.split(f'start="{start}"')[0].count("<li>") == start - 1 for start in starts)


@pytest.mark.parametrize(
    "source",
    [
        "[" * 8_000,
        "> " * 21 + "a",
        "- " * 30 + "a",
        "a" * 17_000,
        "a " * (MAX_SOURCE // 2 + 1),
        "<b> & ![" * 4_000,
    ],
)
def test_what_would_cost_too_much_is_shown_as_typed(source: str) -> None:
    result = render_markdown(source)
    escaped = source.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert result == Rendered(f'<pre class="plain">{escaped}</pre>', VERSION, plain=True)


def test_the_limits_leave_room_for_honest_texts() -> None:
    post = "See [the note](/teams/3), **bold** and `code`:\n- one\n- two https://a.org\n\n> said\n\n"
    post += "|a|b|\n|-|-|\n|1|2|\n\n" + "Plain words make up most of what people write. " * 3 + "\n\n"
    assert not render_markdown((post * 640)[:MAX_SOURCE]).plain
    assert not render_markdown("- [a link](https://example.org/abc) and _note_\n" * 1_040).plain
    assert not render_markdown("> " * 20 + "deep").plain
    assert not render_markdown("- " * 40).plain


def test_safe_marks_html_and_leaves_it_alone() -> None:
    assert safe("<p>a</p>").__html__() == "<p>a</p>"


def test_plain_text_keeps_words_apart_and_resolves_references() -> None:
    html = rendered("# a\nb & c\n\n- d\n- *e*f\n\n|g|h|\n|-|-|\n|i|j|\n\n![k](/files/l.png) <m>")
    assert to_plain_text(html) == "a\nb & c\nd\nef\ng\nh\ni\nj\nk  <m>"


def test_plain_text_of_a_text_shown_as_typed() -> None:
    assert to_plain_text(render_markdown("[" * 8_000 + " <b>").html) == "[" * 8_000 + " <b>"


@pytest.mark.parametrize(
    ("html", "limit", "words"),
    [
        ("<p>one two</p><p>three</p>", 13, "one two three"),
        ("<p>one two</p><p>three</p>", 12, "one two…"),
        ("<p>one two</p><p>three</p>", 8, "one two…"),
        ("<p>one, two</p>", 5, "one…"),
        ("<p>onetwothree</p>", 5, "onet…"),
        ("", 5, ""),
    ],
)
def test_excerpt(html: str, limit: int, words: str) -> None:
    assert excerpt(html, limit) == words
    assert len(words) <= limit


def test_quote_reads_as_one_quotation_with_its_author() -> None:
    source = "first\n\n> earlier\n> > deepest\n\n```\ncode\n\nmore\n```\n"
    quotation = quote(source, "A *b* <c>")
    assert quotation == (
        "> **A \\*b\\* <c\\>** wrote:\n>\n> first\n>\n> > earlier\n>\n> ```\n> code\n>\n> more\n> ```\n\n"
    )
    assert rendered(f"{quotation}my reply") == (
        "<blockquote>\n<p><strong>A *b* &lt;c&gt;</strong> wrote:</p><p>first</p>\n<blockquote>\n<p>earlier</p>\n"
        "</blockquote>\n<pre><code>code\n\nmore\n</code></pre>\n</blockquote>\n<p>my reply</p>"
    )


def test_quote_cuts_a_long_post_and_still_closes_with_it() -> None:
    quotation = quote("```\n" + "words\n" * 2_000 + "```\n", "name\nof two lines")
    assert len(quotation) < 8_000
    assert quotation.startswith("> **name of two lines** wrote:\n")
    assert rendered(f"{quotation}reply").endswith("<p>reply</p>")


@pytest.mark.parametrize(
    "typed",
    [
        "https://",
        "http:///a",
        "ftp://a.org",
        "https://a b.org",
        "/a\nb",
        "mailto:",
        "a",
        "",
        "https://www.1",
        "https://a.org:99999",
    ],
)
def test_what_is_no_address(typed: str) -> None:
    assert link_address(typed) is None


@pytest.mark.parametrize(
    "typed", ["/files/", "/files//a", "/files/./a", "/files/a/../b", "/files/a?b", "/filesa", "files/a"]
)
def test_what_is_no_picture(typed: str) -> None:
    assert picture_address(typed) is None


def test_quote_cuts_a_post_of_empty_lines() -> None:
    quotation = quote("a" + "\n" * 19_998 + "a", "A")
    assert len(quotation) < 4_100
    assert quotation.endswith("> …\n\n")
