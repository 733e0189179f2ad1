"""Names and codes: certain, replaced, a choice or unknown, and never silently somebody else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.accounts.register.names import (
    LONGEST_NAME,
    NOT_ENGLISH,
    Certain,
    Choice,
    MatchedBy,
    Resolution,
    Successors,
    Unknown,
    index_of,
    resolve,
)
from cop.accounts.register.reader import Authority, english_register
from cop.accounts.register.spelling import fold, take_apart

REGISTER = english_register()
DAY = date(2025, 11, 1)


def look_up(text: str) -> Resolution:
    return resolve(text, REGISTER, on=DAY)


@pytest.mark.parametrize(
    ("text", "official_name"),
    [
        ("Birmingham City Council", "Birmingham City Council"),
        ("  BIRMINGHAM  ", "Birmingham City Council"),
        ("City of Birmingham", "Birmingham City Council"),
        ("birmingham district", "Birmingham City Council"),
        ("Bristol, City of", "Bristol City Council"),
        ("Bournemouth Christchurch & Poole", "Bournemouth, Christchurch and Poole Council"),
        ("Durham", "Durham County Council"),
        ("County Durham", "Durham County Council"),
        ("Herefordshire, County of", "Herefordshire Council"),
        ("saint helens mbc", "St Helens Council"),
        ("St. Alban's", "St Albans City and District Council"),
        ("King’s Lynn & West Norfolk", "Borough Council of King's Lynn and West Norfolk"),
        ("Stoke upon Trent", "Stoke-on-Trent City Council"),
        ("SouthTyneside", "South Tyneside Council"),
        ("NE Lincs Council", "North East Lincolnshire Council"),
        ("South Glos", "South Gloucestershire Council"),
        ("LB Camden", "London Borough of Camden"),
        ("Camden london boro", "London Borough of Camden"),
        ("RB Kensington and Chelsea", "Royal Borough of Kensington and Chelsea"),
        ("Hull", "Hull City Council"),
        ("Newcastle City Council", "Newcastle City Council"),
        ("City of Newcastle", "Newcastle City Council"),
        ("Newcastle under Lyme", "Newcastle-under-Lyme Borough Council"),
        ("Leicester City Council", "Leicester City Council"),
        ("Leics County Council", "Leicestershire County Council"),
        ("Leicester CC", "Leicester City Council"),
        ("Lincoln", "City of Lincoln Council"),
        ("Gloucester", "Gloucester City Council"),
        ("Gloucestershire", "Gloucestershire County Council"),
        ("Bedford", "Bedford Borough Council"),
        ("Dorset", "Dorset Council"),
        ("Buckinghamshire", "Buckinghamshire Council"),
        ("Cornwall County Council", "Cornwall Council"),
        ("Somerset Council", "Somerset Council"),
        ("Corporation of London", "City of London Corporation"),
        ("Greater London", "Greater London Authority"),
        ("Greater Manchester CA", "Greater Manchester Combined Authority"),
        ("Sheffield", "Sheffield City Council"),
        ("Sheffield City Region", "South Yorkshire Mayoral Combined Authority"),
        ("Liverpool", "Liverpool City Council"),
        ("Liverpool district", "Liverpool City Council"),
    ],
)
def test_certain(text: str, official_name: str) -> None:
    found = look_up(text)
    assert isinstance(found, Certain), found
    assert found.authority.official_name == official_name


@pytest.mark.parametrize(
    ("text", "predecessor", "heirs"),
    [
        ("Cumbria", "Cumbria County Council", {"Cumberland", "Westmorland and Furness"}),
        (
            "Northants County Council",
            "Northamptonshire County Council",
            {"North Northamptonshire", "West Northamptonshire"},
        ),
        ("Northampton", "Northampton Borough Council", {"West Northamptonshire"}),
        ("Cheshire", "Cheshire County Council", {"Cheshire East", "Cheshire West and Chester"}),
        ("Chester", "Chester City Council", {"Cheshire West and Chester"}),
        ("Vale Royal Borough Council", "Vale Royal Borough Council", {"Cheshire West and Chester"}),
        ("Somerset County Council", "Somerset County Council", {"Somerset"}),
        ("somerset county", "Somerset County Council", {"Somerset"}),
        ("Dorset CC", "Dorset County Council", {"Dorset"}),
        ("South Buckinghamshire district council", "South Bucks District Council", {"Buckinghamshire"}),
        ("Taunton Deane", "Taunton Deane Borough Council", {"Somerset"}),
        ("City of Durham", "Durham City Council", {"County Durham"}),
        ("E07000026", "Allerdale Borough Council", {"Cumberland"}),
        ("ALL", "Allerdale Borough Council", {"Cumberland"}),
    ],
)
def test_an_abolished_council_leads_to_its_successors(text: str, predecessor: str, heirs: set[str]) -> None:
    found = look_up(text)
    assert isinstance(found, Successors), found
    assert found.predecessor.official_name == predecessor
    assert {heir.name for heir in found.successors} == heirs


def test_on_an_earlier_day_it_was_certain() -> None:
    found = resolve("Northampton", REGISTER, on=date(2021, 3, 31))
    assert isinstance(found, Certain)
    assert found.authority.gss_code == "E07000154"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Newcastle", {"Newcastle upon Tyne", "Newcastle-under-Lyme"}),
        ("Newcastle Borough Council", {"Newcastle upon Tyne", "Newcastle-under-Lyme"}),
        ("Leicester County Council", {"Leicester", "Leicestershire", "North West Leicestershire"}),
        ("Gloucestershire City Council", {"Gloucester", "Gloucestershire", "South Gloucestershire"}),
        (
            "Berkshire",
            {
                "Bracknell Forest",
                "Reading",
                "Slough",
                "West Berkshire",
                "Windsor and Maidenhead",
                "Wokingham",
            },
        ),
        ("Kingston", {"Kingston upon Thames", "Kingston upon Hull"}),
        ("Richmond", {"Richmond upon Thames", "Richmondshire"}),
        ("London", {"City of London", "Greater London"}),
        ("London County Council", {"City of London", "Greater London"}),
        ("Adur and Worthing Borough Council", {"Adur", "Worthing"}),
        ("Windsor", {"Windsor and Maidenhead"}),
        ("North East", {"North East"}),
        ("Cornwall District Council", {"Cornwall", "North Cornwall"}),
    ],
)
def test_an_ambiguous_name_is_a_choice(text: str, names: set[str]) -> None:
    found = look_up(text)
    assert isinstance(found, Choice), found
    assert {authority.name for authority in found.candidates} == names


def test_somerset_offers_the_council_before_its_predecessor() -> None:
    found = look_up("Somerset")
    assert isinstance(found, Choice)
    assert [authority.gss_code for authority in found.candidates] == ["E06000066", "E10000027", "E06000024"]


@pytest.mark.parametrize(
    "text",
    [
        "Newport",
        "Newport City Council",
        "Moray",
        "moray council",
        "Ynys Môn",
        "Down",
        "Highland",
        "Edinburgh, City of",
        "W06000022",
        "S12000020",
        "N09000003",
        "Rhonda Cynon Taf",
        "Ease Dunbartonshire",
        "Aberdeen",
    ],
)
def test_other_nations_are_said_to_be_so(text: str) -> None:
    assert look_up(text) == Unknown(NOT_ENGLISH)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "City Council",
        "the",
        "🙂",
        "Marlow",
        "Stamford",
        "Tadworth",
        "Malton",
        "Lanchester",
        "Barnes",
        "Penrith",
        "Wakofield",
        "Polverhampton",
        "North Gloucestershire",
        "North Lakeland",
        "Bath and South East Somerset",
        "West Hampshire",
        "North Oxfordshire",
        "Newport Pagnell",
        "E99999999",
        "e",
        "'; drop table",
        "bir",
        "x" * 500,
    ],
)
def test_no_guess_is_made(text: str) -> None:
    assert isinstance(look_up(text), Unknown)


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("Wast Devon", {"East Devon", "West Devon"}),
        ("Herdfordshire", {"Herefordshire", "Hertfordshire"}),
        ("Tamwerth", {"Tamworth"}),
        ("West Hampshire", {"East Hampshire"}),
    ],
)
def test_look_alikes_are_suggested(text: str, suggested: set[str]) -> None:
    found = look_up(text)
    assert isinstance(found, Unknown)
    assert suggested <= {authority.name for authority in found.suggestions}
    assert len(found.suggestions) <= 5


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wolverhamptom", "E08000031"),
        ("Cambridgshire County Council", "E10000003"),
        ("Middlesborough", "E06000002"),
        ("Scarborough Coucil", "E07000168"),
        ("Bournmouth Christchurch and Pool", "E06000058"),
    ],
)
def test_a_long_name_far_from_others_may_be_misspelt(text: str, code: str) -> None:
    found = look_up(text)
    assert isinstance(found, Certain | Successors), found
    assert _codes(found) == {code}


def test_it_says_how_it_was_found() -> None:
    expected = {
        "E08000025": MatchedBy.GSS_CODE,
        " e08000025 ": MatchedBy.GSS_CODE,
        "E08000020": MatchedBy.OTHER_GSS_CODE,
        "BIR": MatchedBy.REGISTER_CODE,
        "Birmingham": MatchedBy.NAME,
        "Birmingham Borough": MatchedBy.PLACE_AND_KIND,
        "Wolverhamptom": MatchedBy.CLOSE_SPELLING,
    }
    for text, matched_by in expected.items():
        found = look_up(text)
        assert isinstance(found, Certain), text
        assert found.matched_by is matched_by


def _codes(found: Resolution) -> set[str]:
    if isinstance(found, Certain):
        return {found.authority.gss_code}
    if isinstance(found, Successors):
        return {found.predecessor.gss_code}
    return {authority.gss_code for authority in found.candidates} if isinstance(found, Choice) else set()


AUTHORITIES = st.sampled_from(REGISTER.authorities)
DISGUISES = st.sampled_from(
    [
        str.upper,
        str.title,
        lambda text: text.replace(" and ", " & "),
        lambda text: text.replace("-", " ").replace("'", "’"),
        lambda text: text.replace(" ", "  ").replace("St ", "Saint "),
        lambda text: f" The {text}. ",
        lambda text: text.replace(" upon ", "-on-"),
    ]
)


@given(AUTHORITIES, st.lists(DISGUISES, max_size=3))
def test_every_official_name_finds_its_owner_in_any_dress(authority: Authority, disguises: list) -> None:
    text = authority.official_name
    for disguise in disguises:
        text = disguise(text)
    found = look_up(text)
    assert isinstance(found, Certain | Successors)
    assert _codes(found) == {authority.gss_code}


@given(AUTHORITIES)
def test_every_everyday_name_finds_its_owner_or_offers_it(authority: Authority) -> None:
    assert authority.gss_code in _codes(look_up(authority.name))


@given(AUTHORITIES)
def test_every_code_is_certain(authority: Authority) -> None:
    for code in (*authority.codes, authority.register_code):
        if code:
            assert _codes(look_up(code)) == {authority.gss_code}


@given(AUTHORITIES, st.data())
def test_a_slip_of_the_pen_never_makes_it_certainly_somebody_else(
    authority: Authority, data: st.DataObject
) -> None:
    name = authority.name
    place = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    edited = data.draw(
        st.sampled_from([name[:place] + letter + name[place + 1 :], name[:place] + name[place + 1 :]])
        | st.just(name[:place] + letter + name[place:])
    )
    found = look_up(edited)
    if not isinstance(found, Certain | Successors) or _codes(found) == {authority.gss_code}:
        return
    # The slip made another real name: then it is that name, as it stands.
    key = take_apart(edited)
    assert found.matched_by is not MatchedBy.CLOSE_SPELLING
    assert key.core in index_of(REGISTER).core or key.plain in index_of(REGISTER).plain


@given(st.text(max_size=LONGEST_NAME + 20))
def test_anything_typed_gets_an_answer(text: str) -> None:
    assert isinstance(look_up(text), Certain | Successors | Choice | Unknown)


def test_no_english_name_hides_behind_one_of_another_nation() -> None:
    index = index_of(REGISTER)
    assert not set(index.foreign) & (set(index.core) | set(index.shared))


def test_the_index_is_built_once() -> None:
    assert index_of(REGISTER) is index_of(REGISTER)


def test_folding() -> None:
    assert fold("  Ynys  MÔN & St. Hélén’s—(UA) ") == "ynys mon and st helens ua"
    assert take_apart("The Royal Borough of Windsor & Maidenhead").core == "windsormaidenhead"
    assert take_apart("The Royal Borough of Windsor & Maidenhead").hints == {"royal"}
    assert take_apart("East Midlands Combined County Authority").hints == {"combined"}
    assert take_apart("N. Somerset").core == "northsomerset"
