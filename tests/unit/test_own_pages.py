"""Which links lead to pages of ours: only those of this very origin, and only the pages that have a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.kernel.markup import render_markdown
from cop.kernel.own_pages import OwnPage, own_page, own_pages

OURS = ("https://cop.example", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/library/12", OwnPage("library", 12)),
        ("/library/12/versions/2", OwnPage("library", 12)),
        ("/library/0012?x=1", OwnPage("library", 12)),
        ("https://cop.example/threads/7", OwnPage("threads", 7)),
        ("HTTPS://CoP.Example/threads/7?page=2#post-31", OwnPage("posts", 31)),
        ("http://127.0.0.1:8000/posts/31", OwnPage("posts", 31)),
        ("/threads/7#new", OwnPage("threads", 7)),
        ("/teams/3", OwnPage("teams", 3)),
    ],
)
def test_pages_of_ours(address: str, page: OwnPage) -> None:
    assert own_page(address, OURS) == page


@pytest.mark.parametrize(
    "address",
    [
        "//cop.example/threads/7",
        "//evil.example/threads/7",
        "http://cop.example/threads/7",
        "https://cop.example:444/threads/7",
        "https://cop.example.evil.example/threads/7",
        "https://cop.example@evil.example/threads/7",
        "https://user@cop.example/threads/7",
        "https://evil.example/https://cop.example/threads/7",
        "https://[/threads/7",
        "mailto:somebody@cop.example",
        "/threads/7/../../admin",
        "/threads/7/lock",
        "/threads/7/versions/2",
        "/teams/3/people",
        "/library/12/download/1",
        "/library/0",
        "/library/-1",
        "/library/١٢",
        "/library/9999999999",
        "/people/4",
        "/admin",
        "#post-3",
        "",
    ],
)
def test_other_addresses(address: str) -> None:
    assert own_page(address, OURS) is None


def test_a_text_names_each_page_once_in_order_and_without_what_it_quotes() -> None:
    text = (
        "See https://cop.example/threads/7, [this](/library/3) and https://cop.example/threads/7 again.\n\n"
        "> As /library/8 and https://cop.example/library/9 say\n\n"
        "`https://cop.example/library/10` [a document](asset:11) https://evil.example/library/12 /library/13"
    )
    found = own_pages(render_markdown(text).html, OURS, most=9)
    assert found == [OwnPage("threads", 7), OwnPage("library", 3)]


def test_only_so_many_links_are_looked_at() -> None:
    text = " ".join(f"[{number}](/library/{number})" for number in range(1, 40))
    found = own_pages(render_markdown(text).html, OURS, most=3)
    assert found == [OwnPage("library", number) for number in (1, 2, 3)]


@given(
    st.sampled_from(["", "https:", "http:", "javascript:", "HTTPS:"]),
    st.text(alphabet="/\\@:.#?[]%ceopxaml0189-", max_size=30),
    st.sampled_from(["", "/threads/7", "/library/1/versions/1", "/posts/2#post-9"]),
)
def test_whatever_is_typed_only_our_own_origin_has_pages(scheme: str, middle: str, end: str) -> None:
    address = f"{scheme}{middle}{end}"
    page = own_page(address, OURS)
    if page is not None and not address.startswith("/"):
        assert address.lower().startswith(tuple(f"{origin}/" for origin in OURS))
    if page is not None:
        assert page.id > 0
        assert not address.startswith("//")
