"""The register that ships: complete, free of contradictions, and refused when it is not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from cop.accounts.register.reader import (
    COLUMNS,
    REGISTER_FILE,
    Authority,
    Kind,
    Register,
    english_register,
    make_register,
    read_register,
    write_register,
)
from cop.kernel.errors import Invalid

DAY = date(2025, 11, 1)


@pytest.fixture(scope="module")
def register() -> Register:
    return english_register()


def test_every_kind_is_complete(register: Register) -> None:
    counts = Counter(authority.kind for authority in register.current(DAY))
    assert counts == {
        Kind.DISTRICT: 164,
        Kind.UNITARY: 63,
        Kind.METROPOLITAN: 36,
        Kind.LONDON: 32,
        Kind.COUNTY: 21,
        Kind.CITY_OF_LONDON: 1,
        Kind.COMBINED: 14,
        Kind.GLA: 1,
    }


def test_the_file_is_as_we_would_write_it(register: Register) -> None:
    assert write_register(register) == REGISTER_FILE.read_text(encoding="utf-8")


def test_only_the_city_has_no_first_day(register: Register) -> None:
    without = [authority.name for authority in register.authorities if authority.start_date is None]
    assert without == ["City of London"]


@pytest.mark.parametrize(
    ("code", "heirs"),
    [
        ("E10000006", {"Cumberland", "Westmorland and Furness"}),
        ("E10000021", {"North Northamptonshire", "West Northamptonshire"}),
        ("E07000154", {"West Northamptonshire"}),
        ("E10000009", {"Dorset"}),
        ("E07000048", {"Bournemouth, Christchurch and Poole"}),
        ("E10000002", {"Buckinghamshire"}),
        ("E10000004", {"Cheshire East", "Cheshire West and Chester"}),
        ("E07000190", {"Somerset"}),
    ],
)
def test_successors_are_followed_to_those_who_exist(register: Register, code: str, heirs: set[str]) -> None:
    assert {heir.name for heir in register.successors(register.by_code[code], DAY)} == heirs


def test_successors_depend_on_the_day(register: Register) -> None:
    taunton = register.by_code["E07000190"]
    assert [heir.name for heir in register.successors(taunton, date(2020, 1, 1))] == [
        "Somerset West and Taunton"
    ]


def test_an_authority_exists_on_its_last_day_and_not_after(register: Register) -> None:
    cumbria = register.by_code["E10000006"]
    assert cumbria.end_date == date(2023, 3, 31)
    assert not cumbria.ended(date(2023, 3, 31))
    assert cumbria.ended(date(2023, 4, 1))


def test_predecessors_reach_back_through_those_between(register: Register) -> None:
    names = {item.name for item in register.predecessors(register.by_code["E06000066"])}
    assert {"Somerset", "Somerset West and Taunton", "Taunton Deane", "West Somerset", "Mendip"} <= names
    assert "North Somerset" not in names


def test_former_and_later_codes_lead_to_the_same_body(register: Register) -> None:
    for code, name in (
        ("E08000020", "Gateshead"),
        ("E08000038", "Barnsley"),
        ("E10000022", "Northumberland"),
    ):
        assert register.by_code[code].name == name


LEEDS = Authority(
    "E08000035", "LDS", "Leeds", "Leeds City Council", Kind.METROPOLITAN, "North West", date(1974, 4, 1), None
)
ENDED = replace(
    LEEDS, gss_code="E07000999", register_code="OLD", end_date=date(2020, 3, 31), successors=("E08000035",)
)


@pytest.mark.parametrize(
    ("authorities", "complaint"),
    [
        ([LEEDS, replace(LEEDS, register_code="XXX")], "stands for both"),
        ([LEEDS, replace(LEEDS, gss_code="E08000036")], "LDS stands for both"),
        (
            [LEEDS, replace(LEEDS, gss_code="E08000036", register_code="X", former_gss_codes=("E08000035",))],
            "both",
        ),
        ([replace(LEEDS, gss_code="W08000035")], "not E and eight digits"),
        ([replace(LEEDS, gss_code="E0800003٥")], "not E and eight digits"),
        ([replace(LEEDS, name="")], "needs a name"),
        ([replace(LEEDS, region="Wessex")], "not one of the nine regions"),
        ([replace(LEEDS, start_date=date(1905, 6, 8))], "cannot be right"),
        ([LEEDS, replace(ENDED, start_date=date(2021, 1, 1))], "ends before it starts"),
        ([replace(LEEDS, end_date=date(2020, 3, 31))], "or neither"),
        ([LEEDS, replace(ENDED, end_date=None)], "or neither"),
        ([ENDED], "does not have"),
        ([LEEDS, replace(ENDED, successors=("E07000999",))], "ended no later"),
        (
            [ENDED, replace(ENDED, gss_code="E08000035", register_code="LDS", successors=("E07000999",))],
            "ended no later",
        ),
    ],
)
def test_a_contradiction_is_refused(authorities: list[Authority], complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        make_register(authorities)


def test_a_sound_pair_is_accepted() -> None:
    register = make_register([LEEDS, ENDED])
    assert register.successors(ENDED, DAY) == (LEEDS,)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name,code\n", "must have the columns"),
        ("", "must have the columns"),
        (",".join(COLUMNS) + "\nE08000035,LDS,Leeds\n", "Row 2"),
        (",".join(COLUMNS) + "\nE08000035,LDS,Leeds,Leeds,hamlet,London,,,,,,\n", "Row 2"),
        (",".join(COLUMNS) + "\nE08000035,LDS,Leeds,Leeds,unitary,London,yesterday,,,,,\n", "Row 2"),
    ],
)
def test_a_broken_file_names_the_row(text: str, complaint: str) -> None:
    with pytest.raises(Invalid, match=complaint):
        read_register(text)
