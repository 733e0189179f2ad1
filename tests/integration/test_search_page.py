"""The results page: what it shows to whom, its filters and pages, and that nothing private shines through."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cop.kernel.db import Database
from cop.kernel.paging import PAGE_SIZE
from cop.search import consumer, wiring
from cop.search.backend import Ranked
from cop.search.queries import FOR_PAGE, TIME_LIMIT, Finder, Pace
from cop.search.whoosh_backend import WhooshBackend
from cop.web.edge import Edge
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.search_notes import Notes, registry


@pytest.fixture
def notes(db: Database) -> Notes:
    """Writes notes."""
    return Notes(db)


@pytest.fixture
def finder(app: Flask, tmp_path: Path) -> Finder:
    """Search over notes alone, in the place of the application's own."""
    made = Finder(WhooshBackend(tmp_path / "notes-index"), registry())
    edge: Edge = app.extensions["cop"]
    edge.parts[Finder] = made
    if "search" not in app.blueprints:
        wiring.register_pages(app)
    return made


@pytest.fixture
def index(db: Database, finder: Finder) -> Callable[[], None]:
    """Write everything into the index."""

    def rebuild() -> None:
        consumer.rebuild(db, backend=finder.backend, registry=finder.registry)

    return rebuild


def titles(html: str) -> list[str]:
    return re.findall(r'<h2><a href="/notes/\d+">(.*?)</a></h2>', html)


def h1(html: str) -> str:
    return re.sub(r"<[^>]+>", "", re.findall(r"<h1.*?</h1>", html, re.S)[0])


def facet(html: str, name: str) -> dict[str, tuple[str, bool]]:
    """Value → (count, whether chosen)."""
    found = re.findall(rf'name="{name}" value="([^"]*)"( checked)?>.*?</li>', html)
    counts = dict(re.findall(rf'name="{name}" value="([^"]*)".*?class="count">(\d+)<', html))
    return {value: (counts.get(value, ""), bool(chosen)) for value, chosen in found}


def test_without_words_it_teaches(visitor: Callable[..., Visitor], finder: Finder) -> None:
    html = visitor().get("/search").text
    assert h1(html) == "Search"
    assert "Ways to search" in html
    assert "no word in that" in visitor().get("/search?q=***").text


def test_results_with_marks_and_a_title_that_says_so(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    notes.write(
        1,
        "Open-book lot",
        "Long before. " * 40 + "An <b>emergency</b> placement has its pricing.",
        regime="pa2023",
    )
    notes.write(2, "Another")
    index()
    html = visitor().get("/search?q=emergency+prices").text
    assert h1(html) == "1 result for emergency prices"
    assert titles(html) == ["Open-book lot"]
    assert "An &lt;b&gt;<mark>emergency</mark>&lt;/b&gt; placement has its <mark>pricing</mark>." in html
    # With one result no filter could narrow anything, so there is none.
    assert facet(html, "regime") == {}
    assert "Procurement Act 2023" in visitor().get("/search?q=emergency+prices&regime=pa2023").text
    assert 'value="emergency prices"' in html


def test_what_is_typed_is_only_ever_text(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    notes.write(1, '<script>alert("title")</script>', '<img src=x onerror=alert(1)> fleet "quoted"')
    index()
    html = visitor().get('/search?q=fleet+"><script>alert(1)</script>&kind="><script>').text
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_who_sees_what_in_hits_counts_and_facets(
    visitor: Callable[..., Visitor], community: Community, notes: Notes, index: Callable[[], None]
) -> None:
    notes.write(1, "Fleet one", kind="lesson")
    notes.write(
        2, "Fleet canarynetwork", audience="network", kind="guide", category="canarycategory", year=1999
    )
    notes.write(3, "Fleet canaryteam", audience="team:7", kind="dataset")
    notes.write(4, "Fleet canaryother", audience="team:8", kind="clause")
    index()
    supplier = visitor().sign_in_as(community, community.person("Sue Supplier", kind="supplier"))
    officer = visitor().sign_in_as(community, community.person("Olive Officer"))
    member = visitor().sign_in_as(community, community.person("May Member"))
    seen = {"stranger": visitor(), "supplier": supplier, "officer": officer, "member": member}
    counts = {"stranger": 1, "supplier": 1, "officer": 2, "member": 3}
    for name, browser in seen.items():
        html = browser.get("/search?q=fleet").text
        assert len(titles(html)) == counts[name], name
        assert h1(html).startswith(f"{counts[name]} result"), name
        # One result has nothing to be narrowed, so it has no filters.
        counted = counts[name] if counts[name] > 1 else 0
        assert sum(int(count) for count, _ in facet(html, "kind").values()) == counted, name
        assert "canaryother" not in html
        if counts[name] == 1:
            assert "canary" not in html
            assert "1999" not in html
    for word in ("canarynetwork", "canaryteam", "canaryother", "canarynetwrok", "canarytaem", "canaryo*"):
        html = visitor().get(f"/search?q={word}").text
        assert h1(html).startswith("No results")
        assert "Did you mean" not in html
        html = officer.get(f"/search?q={word}").text
        assert titles(html) == (["Fleet canarynetwork"] if word == "canarynetwork" else [])
        assert "Did you mean" not in html


def test_what_became_invisible_a_moment_ago_is_not_shown_or_counted(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    """The index still has it; the database no longer lets this reader see it."""
    for number in range(1, 4):
        notes.write(number, f"Fleet canary{number}", kind=f"kind{number}")
    index()
    notes.hide(2)
    html = visitor().get("/search?q=fleet").text
    assert h1(html).startswith("2 results")
    assert "canary2" not in html
    assert "kind2" not in html
    assert h1(visitor().get("/search?q=canary2").text).startswith("No results")


def test_filters_narrow_and_their_counts_ignore_themselves(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    for number in range(1, 13):
        notes.write(
            number, f"Fleet {number}",
            kind="lesson" if number % 2 else "guide", regime="pa2023" if number % 3 else None, year=2020 + number % 2,
        )  # fmt: skip
    index()
    html = visitor().get("/search?q=fleet&kind=lesson").text
    assert h1(html).startswith("6 results")
    assert facet(html, "kind") == {"lesson": ("6", True), "guide": ("6", False)}
    assert facet(html, "regime") == {"pa2023": ("4", False)}
    # All six are of one year: to choose it would change nothing.
    assert facet(html, "year") == {}
    assert facet(visitor().get("/search?q=fleet&kind=lesson&year=2021").text, "year") == {"2021": ("6", True)}
    both = visitor().get("/search?q=fleet&kind=lesson&kind=guide&regime=pa2023").text
    assert h1(both).startswith("8 results")
    none = visitor().get("/search?q=fleet&kind=lesson&year=2020").text
    assert h1(none).startswith("No results")
    assert "there are 12 results" in none
    assert '>1<span class="govuk-visually-hidden"> results' not in none
    assert facet(none, "year") == {"2021": ("6", False), "2020": ("0", True)}


@pytest.mark.parametrize("sort", ["best", "newest"])
def test_pages_together_show_each_result_once(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None], sort: str
) -> None:
    for number in range(1, 2 * PAGE_SIZE + 6):
        notes.write(number, f"Fleet {number:02}", "fleet " * (number % 4))
    index()
    seen: list[str] = []
    address: str | None = f"/search?q=fleet&sort={sort}"
    pages = 0
    while address:
        html = visitor().get(address).text
        assert h1(html).startswith("45 results")
        seen += titles(html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else None
        pages += 1
    assert pages == 3
    assert sorted(seen) == [f"Fleet {number:02}" for number in range(1, 46)]
    if sort == "newest":
        assert seen == sorted(seen, reverse=True)


def test_a_page_goes_on_where_it_was_though_the_last_result_is_gone(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    for number in range(1, 31):
        notes.write(number, f"Fleet {number:02}")
    index()
    first = visitor().get("/search?q=fleet&sort=newest").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    notes.remove(11)
    index()
    second = visitor().get(following[1].replace("&amp;", "&")).text
    assert titles(second) == [f"Fleet {number:02}" for number in range(10, 0, -1)]


def test_any_word_when_all_find_nothing_and_a_suggestion(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    notes.write(1, "Emergency placement")
    notes.write(2, "Fleet")
    index()
    html = visitor().get("/search?q=placement+fleet").text
    assert h1(html) == "Nothing has all of “placement fleet”"
    assert "<title>Nothing has all of “placement fleet” – " in html
    assert "<h2>2 results with some of these words</h2>" in html
    assert sorted(re.findall(r'<h3><a href="/notes/\d+">(.*?)</a></h3>', html)) == [
        "Emergency placement",
        "Fleet",
    ]
    html = visitor().get('/search?q="placement fleet"').text
    assert h1(html) == "Nothing has &#34;placement fleet&#34;"
    assert "<h2>2 results with some words of this phrase</h2>" in html
    html = visitor().get('/search?q=Emergancy+"placment"').text
    link = re.search(r'Did you mean <a href="([^"]+)">', html)
    assert link
    assert parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)["q"] == ['emergency "placement"']
    assert titles(visitor().get(link[1].replace("&amp;", "&")).text) == ["Emergency placement"]


def test_a_suggestion_must_lead_somewhere_the_reader_may_go(
    visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    notes.write(1, "canaryword")
    index()
    assert "Did you mean" in visitor().get("/search?q=canarywort").text
    notes.hide(1)
    assert "canaryword" not in visitor().get("/search?q=canarywort").text


class Clock:
    """A clock that only goes on when somebody looks at it: so many seconds for each look."""

    def __init__(self) -> None:
        self.now = self.each = 0.0

    def __call__(self) -> float:
        """The moment, in seconds."""
        self.now += self.each
        return self.now


def test_stopped_early_it_shows_what_it_found(
    visitor: Callable[..., Visitor], db: Database, finder: Finder, notes: Notes, index: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The engine's time runs out after so many looks at the clock: before it found anything, then halfway, then never.

    The index has two parts, as when documents came in one by one, so that halfway something was found.
    """
    for number in range(1, 31):
        notes.write(number, f"Fleet {number}")
    index()
    for number in range(31, 61):
        notes.write(number, f"Fleet {number}")
    with db.transaction(write=False) as tx:
        fetched = [finder.registry.sources["note"].fetch(tx, number) for number in range(31, 61)]
    finder.backend.write([each for each in fetched if each is not None])
    clock, browser = Clock(), visitor()
    ranked: list[Ranked] = []
    search = WhooshBackend.search

    def kept(*arguments: Any, **named: Any) -> Ranked:
        ranked.append(search(*arguments, **named))
        return ranked[-1]

    monkeypatch.setattr(WhooshBackend, "search", kept)
    monkeypatch.setattr("cop.search.backend.perf_counter", clock)
    told: dict[str, str] = {}
    for looks in range(1, 40):
        clock.each = (TIME_LIMIT - FOR_PAGE) / looks
        html = browser.get("/search?q=fleet").text
        found = ranked[-1]
        if not found.complete:
            told["halfway" if found.keys else "nothing"] = html
        elif "stopped early" not in html:
            told["all"] = html
            break
    assert list(told) == ["nothing", "halfway", "all"]
    assert h1(told["nothing"]) == "This search took too long for fleet"
    assert titles(told["nothing"]) == []
    assert h1(told["halfway"]) == f"More than {PAGE_SIZE} results for fleet"
    assert len(set(titles(told["halfway"]))) == PAGE_SIZE
    assert 'rel="next"' in told["halfway"]
    assert h1(told["all"]) == "60 results for fleet"
    for name in ("nothing", "halfway"):
        assert "stopped early" in told[name], name
        assert 'class="count"' not in told[name], name


def test_counting_cut_short_is_said(
    app: Flask, finder: Finder, visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(1, 31):
        notes.write(number, "Fleet", kind="lesson" if number < 3 else "guide")
    index()
    monkeypatch.setattr("cop.search.queries.COUNTING_EACH", 3600)
    finder.pace.each = 3600
    html = visitor().get("/search?q=fleet&kind=guide").text
    assert h1(html) == "More than 20 results for fleet"
    assert "stopped early" in html
    assert facet(html, "kind") == {"guide": ("", True)}
    html = visitor().get("/search?q=fleet&kind=lesson").text
    assert h1(html) == "2 results for fleet"


def test_the_pace_of_counting_is_learnt_and_forgotten() -> None:
    pace = Pace()
    usual = pace.each
    pace.learn(10, seconds=5)
    assert pace.each == usual
    pace.learn(1_000, seconds=1)
    slow = pace.each
    assert slow > 50 * usual
    pace.forget()
    assert usual < pace.each < slow
    for _ in range(100):
        pace.forget()
    assert pace.each == usual


def test_a_fixed_number_of_statements(
    db: Database, visitor: Callable[..., Visitor], notes: Notes, index: Callable[[], None]
) -> None:
    def count(path: str) -> int:
        with statements(db) as seen:
            visitor().get(path)
        return len(seen)

    notes.write(1, "Fleet")
    index()
    few = count("/search?q=fleet")
    for number in range(2, 60):
        notes.write(number, "Fleet", kind=f"kind{number % 9}")
    index()
    assert count("/search?q=fleet") == few
    assert few <= 5


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    typed=st.one_of(
        st.text(max_size=60), st.sampled_from(['"' * 299, "*" * 50, "fleet " * 80, "' OR 1=1 --", "\x00"])
    ),
    value=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_no_address_makes_it_fail(
    db: Database, app: Flask, finder: Finder, typed: str, value: str, after: str
) -> None:
    query = {"q": typed, "kind": value, "year": value, "regime": value, "sort": value, "after": after}
    response = app.test_client().get("/search", query_string=query, base_url="http://localhost")
    # The edge refuses a NUL in any address, before a view is asked.
    assert response.status_code == (400 if any("\x00" in text for text in query.values()) else 200)
