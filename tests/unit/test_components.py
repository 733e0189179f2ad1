"""Components and form fields as drawn: structure, escaping, and the ties between label, hint, error and input."""

import gzip
import re
from datetime import UTC, date, datetime
from typing import Any

import html5lib
import pytest
import wtforms
from jinja2 import DictLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.loaders import ChoiceLoader
from werkzeug.datastructures import MultiDict
from wtforms import validators

from cop.paths import STATIC, TEMPLATES
from cop.web.dates import day, on_date, to_the_minute, when
from cop.web.fields import DateParts, choices, error_summary, field
from cop.web.forms import Form
from cop.web.govuk import component

HOSTILE = "<script>alert(1)</script>\"'&"
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


class TeamForm(Form):
    """A form with one field of each kind."""

    title = wtforms.StringField(
        "Title", [validators.InputRequired("Enter a title")], description="One line", render_kw={"width": 20}
    )
    body = wtforms.TextAreaField("Body", [validators.Length(max=40)])
    ends = DateParts("End date", description="For example, 17 12 2026")
    starts = DateParts("Start date", required=False)
    access = wtforms.RadioField(
        "Who can read it",
        [validators.InputRequired("Choose who can read it")],
        choices=choices([("open", "Anyone"), ("members", "Members only")]),
        render_kw={"hints": {"open": "They can read, not write"}},
    )
    functions = wtforms.SelectMultipleField("Functions", choices=choices([("f", "Finance"), ("l", "Legal")]))
    kind = wtforms.SelectField("Kind", choices=choices([("spec", "Specification"), ("lesson", "Lesson")]))
    email = wtforms.EmailField("Email address")
    password = wtforms.PasswordField("Password")
    agree = wtforms.BooleanField("I agree", [validators.InputRequired("Tick the box")])
    file = wtforms.FileField("Document", render_kw={"accept": ".pdf"})
    back = wtforms.HiddenField()


def typed(**values: Any) -> TeamForm:
    form = TeamForm(MultiDict({name.replace("_", "-"): value for name, value in values.items()}))
    form.validate()
    return form


def parse(html: str) -> Any:
    """The fragment as an element tree without namespaces; broken HTML fails the test."""
    return html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parseFragment(html)


def by_id(tree: Any, name: str) -> Any:
    return next((node for node in tree.iter() if node.get("id") == name), None)


def text(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def only(tree: Any, tag: str) -> Any:
    found = list(tree.iter(tag))
    assert len(found) == 1
    return found[0]


def described(tree: Any, node: Any) -> str:
    return " ".join(text(by_id(tree, name)) for name in node.get("aria-describedby", "").split())


def test_a_text_input_is_tied_to_its_label_hint_and_error() -> None:
    tree = parse(field(typed().title))
    node = only(tree, "input")
    assert node.get("id") == "title"
    assert node.get("name") == "title"
    assert node.get("class").split() == ["govuk-input", "govuk-input--width-20", "govuk-input--error"]
    assert only(tree, "label").get("for") == "title"
    assert described(tree, node) == "One line Error: Enter a title"


def test_browsers_own_checks_and_placeholders_are_left_out() -> None:
    html = str(field(typed().title, placeholder="Title", maxlength=3, style="color:red"))
    for attribute in ("required", "maxlength", "placeholder", "style"):
        assert f"{attribute}=" not in html


@pytest.mark.parametrize("name", ["title", "body", "email"])
def test_what_was_typed_comes_back_and_is_escaped(name: str) -> None:
    html = str(field(typed(**{name: HOSTILE})[name]))
    tree = parse(html)
    assert "<script" not in html
    node = next(iter([*tree.iter("input"), *tree.iter("textarea")]))
    assert (node.get("value") or node.text) == HOSTILE


def test_hostile_words_in_label_hint_error_and_attributes_are_escaped() -> None:
    form = typed()
    form.title.errors = [HOSTILE]
    form.title.render_kw = {"data-note": HOSTILE}
    html = str(field(form.title, label=HOSTILE, hint=HOSTILE)) + str(error_summary(form))
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 5


def test_a_textarea_keeps_leading_lines_and_indentation() -> None:
    words = "\n\n  first\n    second\n"
    assert only(parse(field(typed(body=words).body)), "textarea").text == words


def test_a_character_count_takes_the_limit_of_the_validator() -> None:
    tree = parse(field(typed().body, count=True))
    assert next(iter(tree)).get("data-maxlength") == "40"
    assert "You can enter up to 40 characters" in described(tree, only(tree, "textarea"))


def test_a_password_is_never_sent_back() -> None:
    html = str(field(typed(password="correct horse").password))
    assert "correct horse" not in html
    assert 'autocomplete="current-password"' in html


def test_radios_have_a_legend_and_the_summary_leads_to_the_first() -> None:
    form = typed()
    tree = parse(field(form.access))
    radios = list(tree.iter("input"))
    assert [node.get("id") for node in radios] == ["access", "access-2"]
    assert text(only(tree, "legend")) == "Who can read it"
    assert "Choose who can read it" in described(tree, only(tree, "fieldset"))
    assert described(tree, radios[0]) == "They can read, not write"
    assert "#access" in [node.get("href") for node in parse(error_summary(form)).iter("a")]


@pytest.mark.parametrize(("name", "value"), [("access", "members"), ("functions", "l"), ("kind", "lesson")])
def test_the_chosen_option_stays_chosen(name: str, value: str) -> None:
    tree = parse(field(typed(**{name: value})[name]))
    options = [*tree.iter("input"), *tree.iter("option")]
    chosen = [node.get("value") for node in options if "checked" in node.attrib or "selected" in node.attrib]
    assert chosen == [value]


def test_nothing_is_chosen_for_people() -> None:
    assert "checked" not in str(field(TeamForm().access))


def test_a_single_box_carries_its_label_and_error() -> None:
    tree = parse(field(typed().agree))
    box = only(tree, "input")
    assert box.get("id") == "agree"
    assert text(only(tree, "label")) == "I agree"
    assert described(tree, box) == "Error: Tick the box"


def test_file_email_and_hidden_fields() -> None:
    form = TeamForm(back="/teams?x=1&y=2")
    upload = only(parse(field(form.file)), "input")
    assert (upload.get("type"), upload.get("accept")) == ("file", ".pdf")
    assert only(parse(field(form.email)), "input").get("autocomplete") == "email"
    hidden = only(parse(field(form.back)), "input")
    assert (hidden.get("type"), hidden.get("value")) == ("hidden", "/teams?x=1&y=2")


def test_a_heading_is_the_pages_h1() -> None:
    assert text(only(parse(field(TeamForm().title, heading=True)), "h1")) == "Title"
    assert text(only(parse(field(TeamForm().access, heading=True)), "h1")) == "Who can read it"


@pytest.mark.parametrize(
    ("parts", "message", "target"),
    [
        (("", "", ""), "Enter the end date", "ends-day"),
        (("17", "12", ""), "The end date must include a year", "ends-year"),
        (("17", "", ""), "The end date must include a month and a year", "ends-month"),
        (("31", "2", "2026"), "End date must be a real date", "ends-day"),
        (("17", "13", "2026"), "End date must be a real date", "ends-month"),
        (("x", "12", "2026"), "End date must be a real date", "ends-day"),
        (("17", "12", "26"), "End date must have a year of 4 numbers, such as 2027", "ends-year"),
        (("１７", "12", "2026"), "End date must be a real date", "ends-day"),
        (("9" * 9000, "12", "2026"), "End date must be a real date", "ends-day"),
    ],
)
def test_a_date_says_what_is_wrong_and_keeps_what_was_typed(
    parts: tuple[str, str, str], message: str, target: str
) -> None:
    form = typed(ends_day=parts[0], ends_month=parts[1], ends_year=parts[2])
    assert form.ends.errors == [message]
    assert form.ends.data is None
    tree = parse(field(form.ends))
    assert tuple(node.get("value", "") for node in tree.iter("input")) == parts
    assert "govuk-input--error" in by_id(tree, target).get("class")
    group = only(tree, "fieldset")
    assert (group.get("role"), text(only(tree, "legend"))) == ("group", "End date")
    assert described(tree, group).endswith(message)
    assert f"#{target}" in [node.get("href") for node in parse(error_summary(form)).iter("a")]


@pytest.mark.parametrize("month", ["12", "December", "dec", " Dec. "])
def test_a_date_is_read(month: str) -> None:
    form = typed(ends_day="17", ends_month=month, ends_year="2026")
    assert form.ends.data == date(2026, 12, 17)
    assert not form.ends.errors


def test_a_date_that_may_be_empty_is_none_without_an_error() -> None:
    form = typed()
    assert form.starts.data is None
    assert not form.starts.errors
    assert typed(starts_day="1").starts.errors == ["The start date must include a month and a year"]


def test_a_date_field_shows_the_date_it_was_given() -> None:
    inputs = parse(field(TeamForm(ends=date(2026, 12, 7)).ends)).iter("input")
    assert [node.get("value") for node in inputs] == ["7", "12", "2026"]


def test_the_summary_is_empty_when_all_is_well_and_in_the_order_of_the_fields() -> None:
    assert not error_summary(TeamForm())
    form = typed()
    form.form_errors = ["Somebody changed this team"]
    tree = parse(error_summary(form))
    assert [text(node) for node in tree.iter("li")][:3] == [
        "Somebody changed this team",
        "Enter a title",
        "Enter the end date",
    ]


def test_every_entry_of_the_summary_leads_to_an_input_that_is_there() -> None:
    form = typed()
    page = parse("".join(str(field(bound)) for bound in form))
    targets = [node.get("href")[1:] for node in parse(error_summary(form)).iter("a")]
    assert len(targets) == 5
    for target in targets:
        assert by_id(page, target).tag in ("input", "select", "textarea")


def test_our_own_words_stand_in_for_the_librarys() -> None:
    form = typed(kind="nonsense", body="x" * 41)
    assert form.kind.errors == ["Choose one of the options"]
    assert form.body.errors == ["Use 40 characters or fewer"]


STYLE_SECTIONS = sorted(
    path.name for path in (TEMPLATES / "style").glob("_*.html") if path.name != "_sample.html"
)


@pytest.fixture(scope="module")
def pages() -> Environment:
    """Our templates as the web edge draws them, with what it would give them."""
    sheet = {"sheet.html": '{% extends "layout.html" %}{% block main %}<h1>x</h1>{% endblock %}'}
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader({"test": DictLoader(sheet)})]),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        field=field,
        error_summary=error_summary,
        component=component,
        static_url=lambda name: f"/static/{name}?v=1",
        csrf_token=lambda: "token",
        flashes=lambda: ["Your reply was posted."],
        site="CoP",
        print_href="/print.css?v=1",
        printed_from="https://cop.example/style",
        csp_nonce="n0nce",
        nav=[{"label": "What needs me", "href": "/me", "current": True, "count": 3}],
        account={"label": HOSTILE, "href": "/profile", "current": False},
    )
    env.filters.update(
        safe_html=lambda html: html,
        day=lambda at: day(at, NOW),
        on_date=lambda at: on_date(at, NOW),
        to_the_minute=lambda at: at if isinstance(at, str) else to_the_minute(at, NOW),
        when=lambda at: when(at, NOW),
    )
    return env


@pytest.mark.parametrize("name", STYLE_SECTIONS)
def test_every_section_of_the_style_guide_is_sound(pages: Environment, name: str) -> None:
    html = pages.get_template(f"style/{name}").render()
    tree = parse(html)
    ids = [node.get("id") for node in tree.iter() if isinstance(node.tag, str) and node.get("id")]
    assert len(ids) == len(set(ids))
    for node in tree.iter():
        assert node.get("style") is None
        assert not [attribute for attribute in node.attrib if str(attribute).startswith("on")]


def test_the_style_guide_and_the_frame_are_sound_html(pages: Environment) -> None:
    html = pages.get_template("style/index.html").render()
    tree = html5lib.HTMLParser(namespaceHTMLElements=False, strict=True).parse(html)
    assert text(only(tree, "title")) == "Style guide – CoP"
    assert len(list(tree.iter("h1"))) == 1
    assert tree.get("lang") == "en-GB"
    for script in tree.iter("script"):
        assert script.get("nonce") == "n0nce"
    first = next(iter(tree.iter("a")))
    assert (first.get("href"), by_id(tree, "main").tag) == ("#main", "main")


def test_the_title_says_error_when_the_form_failed(pages: Environment) -> None:
    html = pages.get_template("test/sheet.html").render(form_errors=True)
    assert "<title>Error: Welcome – CoP</title>" in html
    assert "<title>Welcome – CoP</title>" in pages.get_template("test/sheet.html").render()


def test_the_frame_escapes_names_and_marks_the_current_page(pages: Environment) -> None:
    html = pages.get_template("test/sheet.html").render()
    assert HOSTILE not in html
    assert '<a href="/me" aria-current="page">What needs me <b class="n">3</b></a>' in html


@pytest.mark.parametrize(
    "status", [400, 403, 404, 405, 409, 410, 413, 414, 415, 422, 429, 500, 503, 418, 502]
)
def test_every_error_has_a_page_in_plain_words(pages: Environment, status: int) -> None:
    html = pages.get_template("errors/error.html").render(
        status=status, message="What to do.", sign_in=None, kept=False, typed=[], fields=[], again=False
    )
    assert "What to do." in html
    assert "invalid" not in html.lower()


def test_the_sign_in_form_stands_on_the_page_of_a_404(pages: Environment) -> None:
    html = pages.get_template("errors/error.html").render(
        status=404,
        message="This page does not exist.",
        sign_in=component("button", text="Sign in"),
        kept=False,
        typed=[],
        fields=[],
        again=False,
    )
    assert 'class="govuk-button"' in html


def test_a_post_carries_its_id_its_time_and_its_words(pages: Environment) -> None:
    source = (
        '{% from "components/thread.html" import post %}'
        '{{ post(7, name, "Bolton, finance", at, words, "/posts/7") }}'
    )
    tree = parse(pages.from_string(source).render(name=HOSTILE, at=NOW, words=component("tag", text="hello")))
    article = only(tree, "article")
    assert (article.get("id"), article.get("data-post")) == ("post-7", "7")
    assert only(tree, "time").get("datetime") == "2026-11-23T14:00:00+00:00"
    assert text(only(tree, "time")) == "today, 2pm"
    assert text(by_id(tree, "post-7-by")) == HOSTILE


def test_the_editor_works_without_javascript(pages: Environment) -> None:
    source = '{% from "components/editor.html" import editor %}{{ editor(form.body, submit="Post reply") }}'
    form = typed(body="Hello")
    tree = parse(pages.from_string(source).render(form=form))
    buttons = {text(node): node for node in tree.iter("button")}
    assert buttons["Preview"].get("name") == "preview"
    assert buttons["Post reply"].get("type", "submit") == "submit"
    toolbar = next(node for node in tree.iter("div") if node.get("role") == "toolbar")
    assert toolbar.get("aria-controls") == only(tree, "textarea").get("id")
    assert {node.get("type") for node in toolbar.iter("button")} == {"button"}
    assert any(text(node).startswith("How to format") for node in tree.iter("summary"))


def test_a_stage_and_a_bar_say_in_text_what_they_show(pages: Environment) -> None:
    source = '{% from "components/work.html" import stage_strip, progress %}{{ stage_strip("Test") }}{{ progress(62) }}'
    tree = parse(pages.from_string(source).render())
    stages = list(tree.iter("li"))
    assert [text(node) for node in stages] == ["Draft (done)", "Test", "Refine", "Roll out"]
    assert [node.get("aria-current") for node in stages] == [None, "step", None, None]
    assert only(tree, "progress").get("aria-label")


def test_the_first_visit_weighs_at_most_150_kb_compressed() -> None:
    paths = [path for path in STATIC.rglob("*") if path.suffix in {".css", ".js"} and path.name != "govuk.js"]
    texts = sum(len(gzip.compress(path.read_bytes())) for path in paths)
    font = STATIC / "vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next-latin-wght-normal.woff2"
    assert len(paths) >= 8
    assert texts + font.stat().st_size <= 150_000


def test_our_styles_ask_nobody_else_for_anything() -> None:
    paths = [*(STATIC / "css").glob("*.css"), *(STATIC / "vendor").rglob("*.css")]
    assert len(paths) >= 5
    for path in paths:
        style = path.read_text()
        assert "@import" not in style
        assert "GDS Transport" not in style
        for address in re.findall(r"url\(([^)]*)\)", style):
            assert address.startswith("../vendor/"), address
            assert (path.parent / address).resolve().is_file(), address
