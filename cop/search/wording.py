"""The words of the results page that depend on what was found, and the addresses of its links."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from cop.search.document import FACETS, PUBLISHER, THREAD
from cop.search.queries import Found, Row, Wanted
from cop.search.query import parse
from cop.search.visible import Chosen

FACET_NAMES = {"kind": "Kind", "category": "Category", "regime": "Legal regime", "year": "Year"}
TYPED_SHOWN = 80
EARLIER = "earlier"
EARLIER_WORDS = "Include earlier versions"
QUOTES = ('"', "“")


def heading(wanted: Wanted, found: Found) -> str:
    """The visible words of the h1: "34 results", "More than 20 results", "No results", 'Nothing has "open book"'."""
    if not found.query:
        return "Search"
    if found.loosened:
        typed = typed_shown(wanted)
        return f"Nothing has {typed}" if _is_phrase(wanted) else f"Nothing has all of “{typed}”"
    return _counted(found)


def looser(wanted: Wanted, found: Found) -> str:
    """The heading over what follows when nothing has all that was typed: "4 results with some of these words"."""
    return f"{_counted(found)} with some {'words of this phrase' if _is_phrase(wanted) else 'of these words'}"


def _is_phrase(wanted: Wanted) -> bool:
    """Whether nothing but one phrase in quotation marks was typed."""
    clauses = parse(wanted.typed)
    return not clauses.unwanted and len(clauses.wanted) == 1 and wanted.typed.strip()[:1] in QUOTES


def _counted(found: Found) -> str:
    if found.total is None:
        if not found.at_least:
            return "This search took too long"
        words = "More than" if found.older else "At least"
        return f"{words} {_results(found.at_least)}"
    return _results(found.total) if found.total else "No results"


def _results(number: int) -> str:
    return f"{number:,} result{'' if number == 1 else 's'}"


def typed_shown(wanted: Wanted) -> str:
    """What was typed, on one line and not too long, for the title."""
    line = " ".join(wanted.typed.split())
    return line if len(line) <= TYPED_SHOWN else line[:TYPED_SHOWN].rstrip() + "…"


def why(row: Row) -> str:
    """Why a result matched, where the marked passage does not already say so."""
    if row.explained.rows or any(hit for _, hit in row.explained.passage.segments):
        return ""
    if "title" in row.explained.where:
        return "Found in the title."
    if "names" in row.explained.where:
        return "Found by who published it, or what that is part of now."
    return "Found further on in the document."


def more(row: Row) -> str:
    """Words of the link to the rest of a thread; empty where the row is all that was found of it."""
    if row.more is None:
        return "Search only this thread"
    return f"{row.more:,} more post{'' if row.more == 1 else 's'} in this thread" if row.more else ""


def thread_shown(found: Found) -> str:
    """What the filter for one thread is called."""
    return f"Only “{found.rows[0].presented.title}”" if found.rows else "Only one thread"


def kept(wanted: Wanted, *, filters: bool, sort: bool) -> list[tuple[str, str]]:
    """Filters and order as pairs of a form's hidden fields."""
    pairs = [(name, value) for name in FACETS for value in sorted(wanted.chosen.get(name, ())) if filters]
    # The form of the filters has no field for the thread, so it carries it along like the order.
    if wanted.thread is not None:
        pairs.append((THREAD, str(wanted.thread)))
    if wanted.publisher is not None:
        pairs.append((PUBLISHER, str(wanted.publisher.body.id)))
    if filters and wanted.earlier:
        pairs.append((EARLIER, "1"))
    return [*pairs, *([("sort", "newest")] if sort and wanted.newest else [])]


def address(
    wanted: Wanted,
    *,
    chosen: Chosen | None = None,
    newest: bool | None = None,
    after: str | None = None,
    thread: int | None = None,
) -> str:
    """The address of this search with something else; always that of its first page unless `after` is given."""
    values = wanted.chosen if chosen is None else chosen
    pairs = [("q", wanted.typed)]
    pairs += [(name, value) for name in FACETS for value in sorted(values.get(name, ()))]
    if only := thread or wanted.thread:
        pairs.append((THREAD, str(only)))
    if wanted.publisher is not None:
        pairs.append((PUBLISHER, str(wanted.publisher.body.id)))
    if wanted.earlier:
        pairs.append((EARLIER, "1"))
    if wanted.newest if newest is None else newest:
        pairs.append(("sort", "newest"))
    if after:
        pairs.append(("after", after))
    return "/search?" + urlencode(pairs)


def instead(wanted: Wanted, typed: str) -> str:
    """The address of the same search with other words and no filters."""
    return address(Wanted(typed, newest=wanted.newest, earlier=wanted.earlier))


def without(wanted: Wanted, facet: str, value: str) -> str:
    """The address of this search with one filter taken off."""
    chosen = {name: values - {value} if name == facet else values for name, values in wanted.chosen.items()}
    return address(wanted, chosen=chosen)


def out_of_thread(wanted: Wanted) -> str:
    """The address of this search in all threads again."""
    return address(replace(wanted, thread=None))


def of_anybody(wanted: Wanted) -> str:
    """The address of this search whoever published it."""
    return address(replace(wanted, publisher=None))


def without_earlier(wanted: Wanted) -> str:
    """The address of this search without former versions."""
    return address(replace(wanted, earlier=False))
