"""The demonstration's content holds together, never goes stale, and its files say inside what the content promises."""

import csv
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader

from cop import accounts
from cop.demo import build_files
from cop.demo.content import checks
from cop.demo.content.reader import CONTENT, FILES, read_community
from cop.demo.content.records import Asset, Community
from cop.demo.content.tables import ContentError, Table, with_dates
from cop.demo.documents import about, fleet_model, placements_model, source
from cop.demo.documents.cells import Sheet, Value, Workbook, prose

TODAY = date(2026, 11, 23)
COMMUNITY = read_community(TODAY)
ASSETS = {asset.key: asset for asset in COMMUNITY.assets}
MODELS = {"placements": placements_model.workbook, "fleet": fleet_model.workbook}
# Bodies that exist. The demonstration invents its consortium and suppliers and must not borrow a name by accident.
REAL_BODIES = (
    "YPO",
    "ESPO",
    "NEPO",
    "Crown Commercial",
    "Eastern Shires",
    "Kent Commercial Services",
    "Ofgem says",
)
SECTION = "{http://purl.org/dc/elements/1.1/}"


def inside(path: Path) -> str:
    """The text of a file, with single spaces, as a search would meet it."""
    if path.suffix == ".pdf":
        raw = " ".join(page.extract_text() for page in PdfReader(path).pages)
    elif path.suffix in (".md", ".csv"):
        raw = path.read_text(encoding="utf-8")
    elif path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, data_only=True)
        raw = " ".join(str(cell) for page in book for row in page.values for cell in row if cell is not None)
    else:
        member = "word/document.xml" if path.suffix == ".docx" else "content.xml"
        with zipfile.ZipFile(path) as archive:
            xml = archive.read(member).decode()
        raw = re.sub(r"<[^>]+>", "", re.sub(r"</(?:w|text):(?:p|h)>", " ", xml)).replace("&amp;", "&")
    return " ".join(raw.split())


def metadata(path: Path) -> tuple[str, str, str]:
    """Title, author and language as the file itself gives them."""
    if path.suffix == ".pdf":
        reader = PdfReader(path)
        info = reader.metadata
        assert info is not None
        return str(info.title), str(info.author), str(reader.trailer["/Root"]["/Lang"])  # type: ignore[index]
    member = "meta.xml" if path.suffix in (".odt", ".ods") else "docProps/core.xml"
    with zipfile.ZipFile(path) as archive:
        root = fromstring(archive.read(member))
    title, author, language = (
        root.findtext(f".//{SECTION}{name}") for name in ("title", "creator", "language")
    )
    return str(title), str(author), str(language)


@pytest.mark.parametrize(
    "today", [date(2026, 11, 23), date(2027, 2, 28), date(2028, 2, 29), date(2031, 1, 1)]
)
def test_it_holds_together_whenever_it_is_loaded(today: date) -> None:
    community = read_community(today)
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    assert max(post.when for thread in community.threads for post in thread.posts) < midnight
    ends = {team.key: (team.ends - today).days for team in community.teams}
    assert ends == {
        "childrens-placements": 24,
        "fleet-decarbonisation": -2,
        "agency-staff": 90,
        "dynamic-market": -172,
    }


def test_there_is_enough_of_it_to_judge_the_product_by() -> None:
    assert 22 <= len(COMMUNITY.people) <= 32
    assert len([body for body in COMMUNITY.organisations if body.kind == "council"]) >= 12
    assert {body.kind for body in COMMUNITY.organisations} == {
        "council", "consortium", "supplier", "central", "community",
    }  # fmt: skip
    lengths = sorted(len(thread.posts) for thread in COMMUNITY.threads)
    assert 8 <= len(lengths) <= 10
    assert lengths[0] >= 6
    assert lengths[-1] >= 45
    assert {team.access for team in COMMUNITY.teams} == {"open", "network", "private"}
    assert {team.state for team in COMMUNITY.teams} == {"forming", "active", "finishing", "closed"}
    assert {role for person in COMMUNITY.people for role in person.roles} == {
        "platform_admin", "board", "librarian", "organisation_admin",
    }  # fmt: skip
    posts = [post for thread in COMMUNITY.threads for post in thread.posts]
    assert any(post.deleted for post in posts)
    assert sum(bool(post.edits) for post in posts) >= 3
    assert sum(thread.outcome is not None for thread in COMMUNITY.threads) >= 2
    assert [len(asset.former) for asset in COMMUNITY.assets if asset.former] == [2]
    assert sum(asset.review < TODAY for asset in COMMUNITY.assets) == 1
    assert sum(asset.scanned for asset in COMMUNITY.assets) == 1
    assert any(asset.reviews for asset in COMMUNITY.assets)
    assert {asset.path.suffix for asset in COMMUNITY.assets} == {
        ".docx", ".odt", ".pdf", ".ods", ".xlsx", ".csv", ".md",
    }  # fmt: skip


def test_councils_are_in_the_register_under_the_same_code_and_name() -> None:
    with (Path(accounts.__file__).parent / "register" / "english_authorities.csv").open(
        encoding="utf-8"
    ) as file:
        register = {row["gss_code"]: row for row in csv.DictReader(file)}
    for body in COMMUNITY.organisations:
        if body.kind == "council":
            row = register[str(body.gss)]
            assert body.name in (row["name"], row["official_name"])
            # Two were replaced, on purpose: the people of one say where they work now, and one published something.
            assert (row["end_date"] != "") == (body.key in ("cumbria", "allerdale")), body.key


def test_no_real_consortium_is_named_and_no_date_is_left_unfilled() -> None:
    everything = repr(COMMUNITY) + "".join(path.read_text("utf-8") for path in CONTENT.glob("assets/*.md"))
    assert [name for name in REAL_BODIES if re.search(rf"\b{name}\b", everything)] == []
    assert "{{" not in everything


@pytest.mark.parametrize("key", [asset.key for asset in COMMUNITY.assets if asset.phrases])
def test_each_phrase_is_inside_its_file(key: str) -> None:
    text = inside(ASSETS[key].path).casefold()
    assert [phrase for phrase in ASSETS[key].phrases if phrase.casefold() not in text] == []


@pytest.mark.parametrize(
    "key",
    [key for key, asset in ASSETS.items() if asset.path.suffix not in (".csv", ".md") and not asset.scanned],
)
def test_a_file_gives_its_title_its_language_and_no_persons_name(key: str) -> None:
    asset = ASSETS[key]
    title, author, language = metadata(asset.path)
    assert (title, language) == (asset.title, "en-GB")
    if asset.hidden:
        assert author == "Jan Whitfield"
    else:
        assert author in {body.name for body in COMMUNITY.organisations}


def test_the_one_draft_hides_what_it_says_it_hides_and_no_other_file_does() -> None:
    drafts = [asset for asset in COMMUNITY.assets if asset.state == "draft"]
    assert [asset.hidden is not None for asset in drafts] == [True]
    for asset in COMMUNITY.assets:
        if asset.path.suffix == ".docx":
            with zipfile.ZipFile(asset.path) as archive:
                body = archive.read("word/document.xml").decode()
                marks = ["<w:ins " in body, "<w:del " in body, "<w:commentReference " in body]
            assert marks == [asset.hidden is not None] * 3, asset.key


@pytest.mark.parametrize(
    "asset", [a for a in COMMUNITY.assets if a.path.suffix == ".pdf" and not a.scanned], ids=lambda a: a.key
)
def test_pdf_files_are_tagged_and_show_their_title(asset: Asset) -> None:
    root = PdfReader(asset.path).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert "/StructTreeRoot" in root  # type: ignore[operator]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]  # type: ignore[index]


@pytest.mark.parametrize("path", sorted(CONTENT.glob("assets/*.md")), ids=lambda path: path.stem)
def test_sources_begin_with_one_title_and_skip_no_level(path: Path) -> None:
    levels = [b.level for b in source.read_blocks(path.read_text("utf-8")) if isinstance(b, source.Heading)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_word_tables_repeat_their_header_row() -> None:
    with zipfile.ZipFile(ASSETS["emergency-placements-specification"].path) as archive:
        body = archive.read("word/document.xml").decode()
    assert body.count("<w:tblHeader/>") == body.count("<w:tbl>") == 3


@pytest.mark.parametrize(
    ("asset", "file"),
    [
        (asset, version.file)
        for asset in COMMUNITY.assets
        for version in asset.versions
        if version.path.suffix != ".pdf" or asset.scanned
    ],
    ids=lambda each: each if isinstance(each, str) else each.key,
)
def test_the_committed_file_is_what_its_source_builds(asset: Asset, file: str, tmp_path: Path) -> None:
    owner = next(person for person in COMMUNITY.people if person.key == asset.owner)
    names = {body.key: body.name for body in COMMUNITY.organisations}
    raw = {
        name: getattr(asset, name)
        for name in ("key", "title", "kind", "regime", "category", "licence", "owner")
    }
    built = tmp_path / file
    build_files.build(
        built,
        build_files.about_asset(raw, {owner.key: names[owner.organisation]}),
        hidden=asset.hidden is not None,
        scanned=asset.scanned,
    )
    assert contents(built) == contents(FILES / file), "run python -m cop.demo.build_files"


NAMESPACE = re.compile(rb' xmlns:\w+="[^"]*"')


def contents(path: Path) -> dict[str, bytes]:
    """What is in a file: for a zip its members, since packing may differ from machine to machine.

    Without the declarations of namespaces: odfpy declares every one it has met in this process so far, so they depend
    on which files were built before.
    """
    data = path.read_bytes()
    if path.suffix == ".pdf":
        pages = PdfReader(path).pages
        return {
            str(number): page["/Resources"]["/XObject"]["/Scan"].get_data()  # type: ignore[index]
            for number, page in enumerate(pages)
        }
    if not zipfile.is_zipfile(BytesIO(data)):
        return {"": data}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: NAMESPACE.sub(b"", archive.read(name)) for name in archive.namelist()}


# The two models: a formula and the number beside it must agree, or a search would find what Excel does not show.


def evaluated(book: Workbook, sheet: Sheet, formula: str) -> Value:
    """The value of a formula of the plain kind the models use, from the values of the cells it names."""
    sheets = {item.name: item for item in book.sheets}

    def at(name: str, place: str) -> Value:
        match = re.fullmatch(r"([A-Z])(\d+)", place.replace("$", ""))
        assert match is not None
        cell = sheets[name or sheet.name].rows[int(match[2]) - 1][ord(match[1]) - ord("A")]
        assert cell is not None
        return cell.value

    def span(name: str, first: str, last: str) -> list[Value]:
        first, last = first.replace("$", ""), last.replace("$", "")
        return [
            at(name, f"{chr(column)}{row}")
            for column in range(ord(first[0]), ord(last[0]) + 1)
            for row in range(int(first[1:]), int(last[1:]) + 1)
        ]

    place = r"(?:(\w+)!)?(\$?[A-Z]\$?\d+)"
    code = re.sub(place + r":(\$?[A-Z]\$?\d+)", r"span('\1','\2','\3')", formula)
    code = re.sub(r"(?<!['\w])" + place + r"(?!['\w])", r"at('\1','\2')", code)
    code = re.sub(r"(?<![<>])=", "==", code).replace("IF(", "when(")
    names = {
        "at": at, "span": span, "SUM": sum, "MIN": min, "MAX": max,
        "when": lambda test, yes, no: yes if test else no,
        "RANK": lambda value, values: 1 + sum(other > value for other in values),
    }  # fmt: skip
    result: Value = eval(code, {}, names)
    return result


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_formula_gives_the_number_beside_it(name: str) -> None:
    book = MODELS[name](prose("Title", []))
    formulas = 0
    for sheet in book.sheets:
        for cell in (cell for row in sheet.rows for cell in row if cell and cell.formula):
            assert evaluated(book, sheet, str(cell.formula)) == pytest.approx(cell.value), (sheet.name, cell)
            formulas += 1
    assert formulas >= 25


def test_the_evaluator_of_formulas_can_disagree() -> None:
    book = placements_model.workbook(prose("Title", []))
    weights = book.sheets[1]
    assert evaluated(book, weights, "SUM(B3:B8)") == 100
    assert evaluated(book, weights, "SUM(B3:B7)") != 100


def test_the_models_say_what_the_threads_and_the_read_me_say_of_them() -> None:
    assert [round(sum(fleet_model.pence(way)), 1) for way in range(4)] == [57.9, 62.9, 62.4, 60.4]
    what_if = fleet_model.workbook(prose("Title", [])).sheets[-1]
    at_seven = [row[2].value for row in what_if.rows[3:] if row[2]]
    assert [round(float(value)) for value in at_seven] == [65, 62, 58, 55]
    result, chances = placements_model.workbook(prose("Title", [])).sheets[-2:]
    assert [(row[0].value, row[-1].value) for row in result.rows[2:] if row[0] and row[-1]] == [
        ("Home P", 1), ("Home Q", 3), ("Home R", 2), ("Home S", 4),
    ]  # fmt: skip
    totals = {row[0].value: [cell.value for cell in row[1:4] if cell] for row in chances.rows[2:6] if row[0]}
    p, q, r = ([float(values[home]) for values in totals.values()] for home in range(3))
    assert [max("PQR", key=lambda home: {"P": p, "Q": q, "R": r}[home][row]) for row in range(4)] == list(
        "PPPQ"
    )


def test_the_xlsx_holds_values_for_programs_that_do_not_calculate() -> None:
    page = openpyxl.load_workbook(ASSETS["whole-life-cost-model"].path, data_only=True)["Pence per mile"]
    values = [page.cell(11, column).value for column in range(2, 6)]
    assert values == pytest.approx([sum(fleet_model.pence(way)) for way in range(4)])


# The guards themselves: each is shown to bite.


def broken(**changes: object) -> list[str]:
    return checks.problems(replace(COMMUNITY, **changes), TODAY)  # type: ignore[arg-type]


def test_a_sound_community_has_no_problems() -> None:
    assert checks.problems(COMMUNITY, TODAY) == []


def with_post(community: Community, **changes: object) -> tuple[object, ...]:
    thread = community.threads[0]
    posts = (*thread.posts[:-1], replace(thread.posts[-1], **changes))  # type: ignore[arg-type]
    return (replace(thread, posts=posts), *community.threads[1:])


def test_broken_references_and_times_are_named() -> None:
    person, team, asset = COMMUNITY.people[0], COMMUNITY.teams[0], COMMUNITY.assets[0]
    late = datetime.combine(TODAY, datetime.min.time(), tzinfo=UTC) + timedelta(hours=1)
    cases: dict[str, dict[str, object]] = {
        "there is no organisation atlantis": {"people": (replace(person, organisation="atlantis"),)},
        "could be somebody's": {"people": (replace(person, email="amira@leeds.gov.uk"),)},
        "is not in the team": {"threads": with_post(COMMUNITY, author="lorna-tibbs")},
        "is in the future": {"threads": with_post(COMMUNITY, when=late)},
        "no function is missing": {"teams": (replace(team, functions_wanted=("finance",)),)},
        "has a lead and a facilitator": {"teams": (replace(team, members=team.members[2:]),)},
        "is not there; run": {"assets": (replace(asset, path=FILES / "missing.docx"),)},
        "is in the title or summary": {"assets": (replace(asset, phrases=("outcomes", "b", "c")),)},
        "the review date had passed": {"assets": (replace(asset, review=TODAY - timedelta(days=400)),)},
        "what changed since a former version": {"assets": (replace(asset, note="More"),)},
        "is there 2 times": {"people": (*COMMUNITY.people, person)},
    }
    for sentence, changes in cases.items():
        assert any(sentence in line for line in broken(**changes)), sentence


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "the field “when” is missing"),
        ({"when": "yesterday"}, "must be days from today and a time"),
        ({"when": "-3 09:00", "wehn": "x"}, "nobody reads the field “wehn”"),
    ],
)
def test_a_slip_in_the_toml_is_named(values: dict[str, object], message: str) -> None:
    table = Table(values, where="posts 3", today=TODAY)
    with pytest.raises(ContentError, match=message) as caught:
        read_all(table)
    assert str(caught.value).startswith("posts 3: ")


def read_all(table: Table) -> None:
    assert table.moment("when") == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    table.done()


def test_dates_in_text_are_worked_out_from_today() -> None:
    words = with_dates("{{day -11}}, {{date 24}}, {{month -26}}", TODAY)
    assert words == "Thursday 12 November, 17 December, October"


def test_markdown_that_no_writer_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="no writer knows"):
        source.read_blocks("![a picture](x.png)")


def test_built_text_files_state_their_licence() -> None:
    assert about.LICENCE_LINE in ASSETS["market-engagement-questions"].path.read_text("utf-8")
