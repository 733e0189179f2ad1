"""Bringing in a newer published edition: what it adds, changes and ends, and which files are refused."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from cop.accounts.register import command
from cop.accounts.register.reader import Kind, Register, make_register, read_register, write_register
from cop.accounts.register.refresh import PUBLISHED_COLUMNS, plan_refresh, read_corrections
from cop.kernel.errors import Invalid

SHIRE = {
    "local-authority-code": "MID",
    "official-name": "Midshire  County Council",
    "nice-name": "Midshire",
    "gss-code": "E10000099",
    "start-date": "1974-04-01",
    "end-date": "",
    "replaced-by": "",
    "nation": "England",
    "region": "West Midlands",
    "local-authority-type": "CTY",
    "former-gss-codes": "",
}
TOWN = SHIRE | {
    "local-authority-code": "MIT",
    "official-name": "Midtown Borough Council",
    "nice-name": "Midtown",
    "gss-code": "E07000099",
    "local-authority-type": "NMD",
}
FORMER = SHIRE | {
    "local-authority-code": "OLD",
    "official-name": "Oldshire District Council",
    "nice-name": "Oldshire",
    "gss-code": "E07000098",
    "end-date": "2009-04-01",
    "replaced-by": "MIT",
    "local-authority-type": "NMD",
}
GLEN = SHIRE | {
    "local-authority-code": "GLN",
    "gss-code": "S12000099",
    "nation": "Scotland",
    "region": "Scotland",
}
UNITARY = SHIRE | {
    "local-authority-code": "MUN",
    "official-name": "Midshire Council",
    "gss-code": "E06000099",
    "start-date": "2027-04-01",
    "local-authority-type": "UA",
}


def published(folder: Path, *rows: dict[str, str], name: str = "published.csv") -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, [*PUBLISHED_COLUMNS, "a column of no interest"])
    writer.writeheader()
    writer.writerows(rows)
    path = folder / name
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    return path


@pytest.fixture
def current(tmp_path: Path) -> Register:
    return plan_refresh(make_register([]), published(tmp_path, SHIRE, TOWN, FORMER, GLEN)).register


def test_a_first_edition_is_all_new_and_only_english(tmp_path: Path) -> None:
    plan = plan_refresh(make_register([]), published(tmp_path, SHIRE, TOWN, FORMER, GLEN))
    assert [authority.name for authority in plan.added] == ["Midshire", "Midtown", "Oldshire"]
    assert plan.register.by_code["E10000099"].official_name == "Midshire County Council"
    assert plan.register.by_code["E07000098"].end_date == date(2009, 3, 31)
    assert plan.register.by_code["E07000098"].successors == ("E07000099",)


def test_the_same_edition_again_changes_nothing(tmp_path: Path, current: Register) -> None:
    plan = plan_refresh(current, published(tmp_path, SHIRE, TOWN, FORMER, GLEN))
    assert plan.is_empty
    assert not plan.not_published
    assert plan.text() == write_register(current)


def test_a_reorganisation_adds_ends_and_names_the_successor(tmp_path: Path, current: Register) -> None:
    gone = {"end-date": "2027-03-31", "replaced-by": "MUN"}
    plan = plan_refresh(current, published(tmp_path, SHIRE | gone, TOWN | gone, FORMER, UNITARY))
    assert [(authority.name, authority.kind) for authority in plan.added] == [("Midshire", Kind.UNITARY)]
    assert {authority.gss_code for authority in plan.ended} == {"E10000099", "E07000099"}
    assert {(change.gss_code, change.field, change.before, change.after) for change in plan.changed} == {
        (code, field, "", after)
        for code in ("E10000099", "E07000099")
        for field, after in (("end_date", "2027-03-31"), ("successors", "E06000099"))
    }
    again = read_register(plan.text())
    heirs = again.successors(again.by_code["E07000098"], date(2027, 5, 1))
    assert [heir.gss_code for heir in heirs] == ["E06000099"]


def test_a_new_code_keeps_the_old_one_as_former(tmp_path: Path, current: Register) -> None:
    plan = plan_refresh(current, published(tmp_path, SHIRE, TOWN | {"gss-code": "E07000199"}, FORMER))
    town = plan.register.by_code["E07000099"]
    assert town.gss_code == "E07000199"
    assert town.former_gss_codes == ("E07000099",)
    assert plan.register.by_code["E07000098"].successors == ("E07000199",)


def test_what_the_edition_left_out_is_kept(tmp_path: Path, current: Register) -> None:
    plan = plan_refresh(current, published(tmp_path, SHIRE, TOWN))
    assert [authority.name for authority in plan.not_published] == ["Oldshire"]
    assert "E07000098" in plan.register.by_code
    assert plan.is_empty


def test_what_only_we_know_stays(tmp_path: Path, current: Register) -> None:
    text = write_register(current).replace("E07000099,MIT,Midtown,", "E07000099,MIT,Midtown,", 1)
    lines = [line + "The Mid" if line.startswith("E07000099") else line for line in text.splitlines()]
    ours = read_register("\n".join(lines) + "\n")
    slip = TOWN | {"start-date": "1905-06-19"}
    plan = plan_refresh(ours, published(tmp_path, SHIRE, slip, FORMER))
    assert plan.is_empty
    assert plan.register.by_code["E07000099"].known_as == ("The Mid",)
    assert plan.register.by_code["E07000099"].start_date == date(1974, 4, 1)


def test_a_correction_holds_until_the_edition_says_something_else(tmp_path: Path) -> None:
    wrong, ours = read_corrections()[("E07000071", "official_name")]
    row = TOWN | {"gss-code": "E07000071", "local-authority-code": "COL", "official-name": wrong}
    first = plan_refresh(make_register([]), published(tmp_path, row)).register
    assert first.by_code["E07000071"].official_name == ours
    later = plan_refresh(first, published(tmp_path, row | {"official-name": "Council of Colchester"}))
    assert [change.after for change in later.changed] == ["Council of Colchester"]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([], "no authority in England"),
        ([GLEN], "no authority in England"),
        ([SHIRE, SHIRE], "twice"),
        ([SHIRE | {"gss-code": ""}], "has no gss-code"),
        ([SHIRE | {"local-authority-type": "XXX"}], "kind “XXX”"),
        ([SHIRE | {"region": "Mercia"}], "no English region"),
        ([SHIRE | {"end-date": "2027-03-31", "replaced-by": "NOW"}], "replaced by NOW"),
        ([SHIRE | {"end-date": "2027-03-31"}], "or neither"),
        ([SHIRE | {"start-date": "1/4/1974"}], "Dates are written as"),
        ([SHIRE | {"gss-code": "E1"}], "not E and eight digits"),
    ],
)
def test_a_wrong_edition_is_refused(tmp_path: Path, rows: list[dict[str, str]], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        plan_refresh(make_register([]), published(tmp_path, *rows))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no column local-authority-code"),
        (b"gss_code,name\nE08000035,Leeds\n", "no column local-authority-code"),
        (b"\xff\xfe\x00PK", "not a text file in UTF-8"),
        (b"PK\x03\x04\x00\x00", "(?i)no column|cannot be read"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=complaint):
        plan_refresh(make_register([]), path)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        plan_refresh(make_register([]), tmp_path / "nowhere.csv")


def test_the_command_shows_first_and_writes_when_told(tmp_path: Path) -> None:
    file = published(tmp_path, UNITARY)
    target = tmp_path / "register.csv"
    shown = CliRunner().invoke(command.register, ["refresh", str(file), "--to", str(target)])
    assert shown.exit_code == 0
    assert "New: Midshire Council (E06000099), unitary" in shown.output
    assert "Not in the file, kept: Birmingham City Council (E08000025)" in shown.output
    assert "Nothing was written." in shown.output
    assert not target.exists()
    written = CliRunner().invoke(command.register, ["refresh", str(file), "--to", str(target), "--write"])
    assert written.exit_code == 0
    assert "E06000099" in read_register(target.read_text(encoding="utf-8")).by_code
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["published.csv", "register.csv"]


def test_the_command_says_what_is_wrong_without_a_trace(tmp_path: Path) -> None:
    result = CliRunner().invoke(command.register, ["refresh", str(published(tmp_path, GLEN)), "--write"])
    assert result.exit_code == 1
    assert result.output == "Error: The file has no authority in England.\n"


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("Leeds", 0, "Leeds City Council (E08000035), by name\n"),
        ("Allerdale", 0, "ended on 2023-03-31. In its place:\n- Cumberland Council (E06000063)\n"),
        ("Newcastle", 3, "One of these:\n- Newcastle City Council (E08000021)\n- Newcastle-under-Lyme"),
        ("Wast Devon", 1, "Did you mean:\n- East Devon District Council"),
        ("Newport", 1, "This is not an English authority.\n"),
        ("Nowhere", 1, "No English authority of this name was found.\n"),
    ],
)
def test_the_command_finds_a_name_and_its_status_says_how_sure_it_is(
    name: str, status: int, said: str
) -> None:
    result = CliRunner().invoke(command.register, ["find", name])
    assert result.exit_code == status
    assert said in result.output
    # A script that takes what is printed for an authority takes nothing where there is none.
    assert bool(result.stdout) == (status != 1)


def test_the_command_explains_its_status() -> None:
    told = " ".join(CliRunner().invoke(command.register, ["find", "--help"]).output.split())
    assert "Ends with status 0 " in told
    assert f"with {command.SEVERAL} " in told
