"""The contract of a search engine: every test runs on Whoosh and on the smallest engine that keeps it.

The small one reads every document anew for each search. It shows that the contract is about search, not Whoosh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from cop.search.backend import Deadline, Ranked, SearchBackend
from cop.search.document import Audience, Document, Key
from cop.search.language import tokens
from cop.search.query import Clause, Prefix, Query, Word, parse
from cop.search.whoosh_backend import WhooshBackend

DAY = datetime(2026, 11, 1, tzinfo=UTC)
STRANGER = frozenset({"public"})
OFFICER = frozenset({"public", "network"})
TEAM_SEVEN = OFFICER | {"team:7"}


class SmallBackend:
    """Documents in a dictionary."""

    def __init__(self) -> None:
        self._held: dict[Key, Document] = {}

    def write(self, upserts: Sequence[Document], deletions: Iterable[Key] = ()) -> int:
        before = dict(self._held)
        for key in deletions:
            self._held.pop(key, None)
        self._held.update({document.key: document for document in upserts})
        return sum(before.get(key) != self._held.get(key) for key in before.keys() | self._held.keys())

    def search(
        self, query: Query, audiences: frozenset[str], *, deadline: Deadline, newest: bool = False, limit: int
    ) -> Ranked:
        hits = []
        for document in self._held.values():
            if deadline.left() < 0:
                return Ranked(complete=False)
            if document.audience.terms & audiences and query:
                counts = [_count(document, clause) for clause in query.wanted]
                enough = any(counts) if query.any_of else all(counts)
                if enough and not any(_count(document, clause) for clause in query.unwanted):
                    score = (len([one for one in counts if one]), sum(counts) / (50 + len(document.body)))
                    order = (document.date, score) if newest else (score, document.date)
                    hits.append((order, document.key))
        hits.sort(reverse=True)
        return Ranked([key for _, key in hits[:limit]], len(hits) <= limit)

    def suggest(self, words: Sequence[str], *, deadline: Deadline) -> Mapping[str, str]:
        known = {
            token.word
            for document in self._held.values()
            if document.audience.is_public
            for token in tokens(f"{document.title} {document.summary} {document.body}")
        }
        near = {
            word: min(known, key=lambda one, to=word: OSA.distance(one, to), default="") for word in words
        }
        return {
            word: found
            for word, found in near.items()
            if word not in known and OSA.distance(word, found) <= 2
        }

    def rebuild(self, documents: Iterable[Document]) -> int:
        self._held = {document.key: document for document in documents}
        return len(self._held)

    def fingerprints(self) -> Mapping[Key, int]:
        return {key: document.fingerprint() for key, document in self._held.items()}

    def generation(self) -> str:
        return str(hash(tuple(sorted(self.fingerprints().items()))))


def _count(document: Document, clause: Clause) -> int:
    total = 0
    for text, weight in ((document.title, 5), (document.summary, 2), (document.body, 1)):
        found = list(tokens(text))
        if isinstance(clause, Word):
            total += weight * sum(token.term == clause.term for token in found)
        elif isinstance(clause, Prefix):
            total += sum(token.word.startswith(clause.letters) for token in found)
        else:
            terms = [token.term for token in found]
            size = len(clause.terms)
            total += sum(tuple(terms[at : at + size]) == clause.terms for at in range(len(terms)))
    return total


Maker = Callable[[], SearchBackend]


@pytest.fixture(params=["whoosh", "small"])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> SearchBackend:
    """An empty engine of each make."""
    return WhooshBackend(tmp_path / "index") if request.param == "whoosh" else SmallBackend()


def document(number: int, title: str, body: str = "", **other: object) -> Document:
    made = Document("asset", number, title, Audience.public(), DAY + timedelta(days=number), body=body)
    return replace(made, **other)  # type: ignore[arg-type]


def found(
    backend: SearchBackend, typed: str, audiences: frozenset[str] = STRANGER, *, newest: bool = False
) -> list[int]:
    ranked = backend.search(parse(typed), audiences, deadline=Deadline.after(60), newest=newest, limit=1000)
    assert ranked.complete
    return [number for _, number in ranked.keys]


def test_an_empty_index_finds_nothing(backend: SearchBackend) -> None:
    assert found(backend, "anything") == []
    assert backend.fingerprints() == {}
    assert backend.suggest(["anything"], deadline=Deadline.after(60)) == {}


def test_every_part_is_searched(backend: SearchBackend) -> None:
    backend.write([document(1, "alpha", "gamma", summary="beta")])
    for word in ("alpha", "beta", "gamma", "Gammas"):
        assert found(backend, word) == [1]


def test_all_words_are_required_and_any_is_enough_when_loosened(backend: SearchBackend) -> None:
    backend.write([document(1, "red van"), document(2, "red lorry")])
    assert found(backend, "red van") == [1]
    looser = parse("red van").loosened()
    assert looser is not None
    ranked = backend.search(looser, STRANGER, deadline=Deadline.after(60), limit=10)
    assert [number for _, number in ranked.keys] == [1, 2]


def test_phrases_need_their_words_together_in_order_within_one_part(backend: SearchBackend) -> None:
    backend.write(
        [
            document(1, "x", "the terms of the contract"),
            document(2, "x", "contract of the terms"),
            document(3, "terms of the", "contract"),
            document(4, "x", "terms of the big contract; the contract terms"),
        ]
    )
    assert found(backend, '"terms of the contract"') == [1]
    assert found(backend, '"the contract"', newest=True) == [4, 1]
    assert found(backend, '"of the"', newest=True) == [4, 3, 2, 1]


def test_a_phrase_may_repeat_a_word(backend: SearchBackend) -> None:
    backend.write([document(1, "x", "to be or not to be"), document(2, "x", "to be or not")])
    assert found(backend, '"to be or not to be"') == [1]


def test_prefixes_of_any_length(backend: SearchBackend) -> None:
    backend.write([document(1, "maintenance"), document(2, "maintaining mains"), document(3, "main")])
    assert sorted(found(backend, "mai*")) == [1, 2, 3]
    assert sorted(found(backend, "main*")) == [1, 2, 3]
    assert found(backend, "maintaini*") == [2]
    assert found(backend, "mainz*") == []


def test_a_minus_leaves_out(backend: SearchBackend) -> None:
    backend.write([document(1, "fleet diesel"), document(2, "fleet electric"), document(3, "fleet hire car")])
    assert found(backend, "fleet -diesel", newest=True) == [3, 2]
    assert found(backend, 'fleet -"hire car" -elec*') == [1]


def test_a_word_in_the_title_counts_more(backend: SearchBackend) -> None:
    backend.write([document(1, "fleet", "other words here"), document(2, "other", "words here fleet")])
    assert found(backend, "fleet") == [1, 2]


def test_newest_first(backend: SearchBackend) -> None:
    backend.write(
        [document(1, "fleet fleet"), document(2, "fleet"), document(3, "a very long text on one fleet")]
    )
    assert found(backend, "fleet", newest=True) == [3, 2, 1]


def test_a_limit_is_not_the_whole_answer(backend: SearchBackend) -> None:
    backend.write([document(number, "fleet") for number in range(1, 6)])
    ranked = backend.search(parse("fleet"), STRANGER, deadline=Deadline.after(60), newest=True, limit=2)
    assert [number for _, number in ranked.keys] == [5, 4]
    assert not ranked.complete


def test_only_the_audience_finds(backend: SearchBackend) -> None:
    backend.write(
        [
            document(1, "fleet"),
            document(2, "fleet", audience=Audience.network()),
            document(3, "fleet", audience=Audience.team(7)),
            document(4, "fleet", audience=Audience.team(8)),
            document(5, "fleet", audience=Audience.network(8)),
        ]
    )
    assert sorted(found(backend, "fleet", STRANGER)) == [1]
    assert sorted(found(backend, "fleet", OFFICER)) == [1, 2, 5]
    assert sorted(found(backend, "fleet", TEAM_SEVEN)) == [1, 2, 3, 5]
    assert sorted(found(backend, "fleet", frozenset({"public", "team:8"}))) == [1, 4, 5]
    assert found(backend, "fleet", frozenset()) == []


def test_a_changed_audience_takes_effect(backend: SearchBackend) -> None:
    backend.write([document(1, "canary")])
    backend.write([document(1, "canary", audience=Audience.team(7))])
    assert found(backend, "canary", STRANGER) == []
    assert found(backend, "canary", TEAM_SEVEN) == [1]
    backend.write([document(1, "canary")])
    assert found(backend, "canary", STRANGER) == [1]
    assert found(backend, "canary", TEAM_SEVEN) == [1]


def test_suggestions_come_from_living_public_documents_only(backend: SearchBackend) -> None:
    def suggested(word: str) -> Mapping[str, str]:
        return backend.suggest([word], deadline=Deadline.after(60))

    backend.write([document(1, "placement"), document(2, "canaryword", audience=Audience.team(7))])
    assert suggested("placmeent") == {"placmeent": "placement"}
    assert suggested("placement") == {}
    assert suggested("canarywort") == {}
    backend.write([document(1, "placement", audience=Audience.team(7))])
    assert suggested("placmeent") == {}


def test_what_others_write_changes_nobodys_order(backend: SearchBackend) -> None:
    mine = [
        document(1, "x", "fleet fleet van and more words", audience=Audience.team(7)),
        document(2, "x", "fleet van van", audience=Audience.team(7)),
    ]
    backend.write(mine)
    before = found(backend, "fleet van", TEAM_SEVEN)
    theirs = [document(number, "fleet", "fleet " * 40, audience=Audience.team(8)) for number in range(10, 60)]
    backend.write(theirs)
    assert found(backend, "fleet van", TEAM_SEVEN) == before


def test_deletions(backend: SearchBackend) -> None:
    backend.write([document(1, "fleet"), document(2, "fleet")])
    assert backend.write([], [("asset", 1), ("asset", 99)]) == 1
    assert found(backend, "fleet") == [2]


def test_writing_again_changes_nothing(backend: SearchBackend) -> None:
    both = [document(1, "fleet"), document(2, "van", audience=Audience.team(7))]
    assert backend.write(both) == 2
    before = backend.generation()
    assert backend.write(both) == 0
    assert backend.generation() == before
    assert backend.write([document(1, "fleets"), both[1]]) == 1
    assert backend.generation() != before


def test_the_last_of_several_versions_in_one_batch_counts(backend: SearchBackend) -> None:
    backend.write([document(1, "old"), document(1, "new")])
    assert found(backend, "old") == []
    assert found(backend, "new") == [1]


def test_a_rebuild_replaces_everything(backend: SearchBackend) -> None:
    backend.write([document(1, "fleet"), document(2, "fleet", audience=Audience.team(7))])
    fresh = [document(3, "fleet"), document(4, "fleet", audience=Audience.team(7))]
    assert backend.rebuild(iter(fresh)) == 2
    assert sorted(found(backend, "fleet", TEAM_SEVEN)) == [3, 4]
    assert backend.fingerprints() == {one.key: one.fingerprint() for one in fresh}
    assert backend.rebuild([]) == 0
    assert found(backend, "fleet", TEAM_SEVEN) == []


def test_a_passed_deadline_ends_the_search(backend: SearchBackend) -> None:
    backend.write([document(1, "fleet")])
    ranked = backend.search(parse("fleet"), STRANGER, deadline=Deadline.after(-1), limit=10)
    assert ranked == Ranked([], complete=False)
    assert backend.suggest(["flete"], deadline=Deadline.after(-1)) in ({}, {"flete": "fleet"})


VOCABULARY = [
    "fleet",
    "fleets",
    "van",
    "contract",
    "contracts",
    "contracting",
    "the",
    "of",
    "children",
    "café",
]
TEXTS = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join)
QUERIES = st.lists(
    st.one_of(
        st.sampled_from([*VOCABULARY, "con*", "contr*", "fle*", "-van", "-con*"]),
        st.lists(st.sampled_from(VOCABULARY), min_size=2, max_size=3).map(lambda some: f'"{" ".join(some)}"'),
    ),
    min_size=1,
    max_size=4,
).map(" ".join)
AUDIENCES = st.sampled_from([Audience.public(), Audience.network(), Audience.team(7), Audience.team(8)])
CHANGES = st.lists(
    st.lists(st.tuples(st.integers(1, 12), TEXTS, TEXTS, AUDIENCES, st.booleans()), max_size=5), max_size=5
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES, queries=st.lists(QUERIES, min_size=1, max_size=5))
def test_after_any_changes_both_engines_find_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    changes: list[list[tuple[int, str, str, Audience, bool]]],
    queries: list[str],
) -> None:
    whoosh, small = WhooshBackend(tmp_path_factory.mktemp("law")), SmallBackend()
    for batch in changes:
        upserts = [
            document(number, title, body, audience=who) for number, title, body, who, keep in batch if keep
        ]
        deletions = [("asset", number) for number, _, _, _, keep in batch if not keep]
        whoosh.write(upserts, deletions)
        small.write(upserts, [key for key in deletions if key not in {one.key for one in upserts}])
    assert whoosh.fingerprints() == small.fingerprints()
    for typed in queries:
        for audiences in (STRANGER, OFFICER, TEAM_SEVEN):
            assert sorted(found(whoosh, typed, audiences)) == sorted(found(small, typed, audiences)), typed
