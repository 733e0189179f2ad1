"""Every real spelling and code of an English authority leads to the right body; none leads silently to another."""

from __future__ import annotations

import csv
import os
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from cop.accounts.register.names import Certain, Choice, Resolution, Successors, Unknown, resolve
from cop.accounts.register.reader import english_register
from cop.accounts.register.refresh import plan_refresh
from cop.kernel.errors import Invalid

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not os.environ.get("COP_REAL_DATA"), reason="COP_REAL_DATA does not name the folder of real files"
    ),
]
FOLDER = Path(os.environ.get("COP_REAL_DATA", "")) / "authorities"
REGISTER = english_register()
# The published files are of 2025; the day keeps the answers the same in later years.
DAY = date(2025, 11, 1)


def tell(counts: str) -> None:
    """What was counted, for whoever runs this with `-s`."""
    sys.stdout.write(counts + "\n")


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if name.endswith(".tsv") else ","))


@pytest.fixture(scope="module")
def published() -> dict[str, dict[str, str]]:
    return {row["local-authority-code"]: row for row in rows("uk_local_authorities_current.csv")}


def leads_to(found: Resolution) -> set[str]:
    """Codes of every body this answer names; for one that ended, of the body itself alone."""
    if isinstance(found, Certain):
        return {found.authority.gss_code}
    if isinstance(found, Successors):
        assert found.successors
        return {found.predecessor.gss_code}
    return {authority.gss_code for authority in found.candidates} if isinstance(found, Choice) else set()


def right_answers(gss_code: str) -> set[str]:
    body = REGISTER.by_code[gss_code]
    return {body.gss_code} | {heir.gss_code for heir in REGISTER.successors(body, DAY)}


def judge(spelled: list[tuple[str, str]], what: str) -> Counter[str]:
    """Count the kinds of answers to (text, right GSS code), and fail over a single wrong or missing one."""
    counts: Counter[str] = Counter()
    wrong = []
    for text, gss_code in spelled:
        found = resolve(text, REGISTER, on=DAY)
        counts[type(found).__name__] += 1
        if not leads_to(found) & right_answers(gss_code):
            wrong.append((text, gss_code, found))
    tell(f"{what}: {len(spelled)} read, {dict(counts)}, {len(wrong)} wrong or unknown")
    assert spelled
    assert not wrong
    return counts


def test_every_english_name_in_the_lookup(published: dict[str, dict[str, str]]) -> None:
    lookup = rows("lookup_name_to_registry.csv")
    english = [
        (row["la-name"], published[row["local-authority-code"]]["gss-code"])
        for row in lookup
        if published[row["local-authority-code"]]["nation"] == "England"
    ]
    counts = judge(english, "lookup of names")
    assert counts["Unknown"] == 0
    assert counts["Choice"] <= 5


def test_no_name_of_another_nation_becomes_english(published: dict[str, dict[str, str]]) -> None:
    foreign = [
        row["la-name"]
        for row in rows("lookup_name_to_registry.csv")
        if published[row["local-authority-code"]]["nation"] != "England"
    ]
    foreign += [
        row["name"]
        for row in rows("openregister_messy-names.tsv")
        if not row["local-authority"].startswith("local-authority-eng")
    ]
    answers = {text: resolve(text, REGISTER, on=DAY) for text in foreign}
    tell(
        f"other nations: {len(answers)} names, {Counter(type(found).__name__ for found in answers.values())}"
    )
    assert len(answers) > 300
    assert [text for text, found in answers.items() if not isinstance(found, Unknown)] == []


def test_every_gss_code_in_the_lookup(published: dict[str, dict[str, str]]) -> None:
    lookup = [row for row in rows("lookup_gss_to_registry.csv") if row["gss-code"]]
    english = [
        (row["gss-code"], published[row["local-authority-code"]]["gss-code"])
        for row in lookup
        if row["gss-code"].startswith("E")
    ]
    counts = judge(english, "lookup of GSS codes")
    assert set(counts) == {"Certain", "Successors"}
    for row in lookup:
        if not row["gss-code"].startswith("E"):
            assert isinstance(resolve(row["gss-code"], REGISTER, on=DAY), Unknown)


def test_every_published_name(published: dict[str, dict[str, str]]) -> None:
    spelled = [
        (row[column], row["gss-code"])
        for row in published.values()
        if row["nation"] == "England"
        for column in ("official-name", "nice-name", "gss-code", "local-authority-code")
    ]
    assert judge(spelled, "published names and codes")["Unknown"] == 0


def test_the_register_of_2018_with_codes_that_no_longer_exist(published: dict[str, dict[str, str]]) -> None:
    old = rows("openregister_local-authority-eng_2018.tsv")
    codes = [
        (row["local-authority-eng"], published[row["local-authority-eng"]]["gss-code"])
        for row in old
        if row["local-authority-eng"] in published
    ]
    assert len(codes) == len(old)
    counts = judge(codes, "codes of 2018")
    assert set(counts) == {"Certain", "Successors"}
    # What was abolished between 2019 and 2023 and was in force in 2018.
    assert counts["Successors"] == sum(published[row["local-authority-eng"]]["end-date"] != "" for row in old)
    names = [
        (row[column], published[row["local-authority-eng"]]["gss-code"])
        for row in old
        for column in ("name", "official-name")
    ]
    judge(names, "names of 2018")


def test_messy_names_of_one_body_agree() -> None:
    """The codes of this file are of an older scheme that clashes with the present one, so its groups are the truth:
    all the spellings of a group lead to one body or to its successor, and different groups to different ones."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows("openregister_messy-names.tsv"):
        if row["local-authority"].startswith("local-authority-eng"):
            groups[row["local-authority"]].append(row["name"])
    counts: Counter[str] = Counter()
    owners: dict[str, set[str]] = {}
    for code, spellings in groups.items():
        answers = [resolve(text, REGISTER, on=DAY) for text in spellings]
        counts.update(type(found).__name__ for found in answers)
        meant = [
            leads_to(found) | set().union(*(right_answers(gss_code) for gss_code in leads_to(found)))
            for found in answers
        ]
        owners[code] = set.intersection(*meant)
        assert owners[code], (code, list(zip(spellings, answers, strict=True)))
    tell(f"messy names: {sum(map(len, groups.values()))} in {len(groups)} groups, {dict(counts)}")
    assert counts["Unknown"] == 0
    bodies = Counter(frozenset(owner) for owner in owners.values())
    assert [owner for owner, times in bodies.items() if times > 1] == []


def test_the_edition_it_was_made_from_changes_nothing() -> None:
    plan = plan_refresh(REGISTER, FOLDER / "uk_local_authorities_current.csv")
    assert plan.added == plan.changed == plan.ended == ()
    assert {authority.end_date for authority in plan.not_published} == {date(2009, 3, 31)}
    assert plan.text() == plan_refresh(plan.register, FOLDER / "uk_local_authorities_current.csv").text()
    assert plan.register.authorities == REGISTER.authorities


def test_each_other_real_file_is_refused_with_a_sentence() -> None:
    from_elsewhere = [path for path in FOLDER.iterdir() if path.name != "uk_local_authorities_current.csv"]
    assert from_elsewhere
    for path in from_elsewhere:
        with pytest.raises(Invalid, match="no column"):
            plan_refresh(REGISTER, path)
