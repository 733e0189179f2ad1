"""Splits of splits: whatever happens in whatever order, a plain model of threads says the same."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from cop.kernel.db import Database
from cop.kernel.ids import new_token
from cop.threads import marks, queries, ranges, service, splitting, unread
from cop.threads.models import PostRow, ReactionRow
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.teams import Teams


def posts_of(db: Database, thread_id: int) -> Sequence[int]:
    """Ids of what is in a thread, in order."""
    with db.transaction(write=False) as tx:
        query = select(PostRow.id).where(PostRow.thread_id == thread_id).order_by(PostRow.number)
        return tx.session.scalars(query).all()


@given(numbers=st.sets(st.integers(1, 60)))
def test_numbers_survive_being_words(numbers: set[int]) -> None:
    assert ranges.read(ranges.written(numbers), last=60) == numbers
    assert ranges.read(ranges.written(numbers), last=30) == {each for each in numbers if each <= 30}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("reply"), st.integers(0, 9), st.just(frozenset())),
        st.tuples(st.just("remove"), st.integers(0, 30), st.just(frozenset())),
        st.tuples(st.just("read"), st.integers(0, 30), st.just(frozenset())),
        st.tuples(st.just("react"), st.integers(0, 30), st.just(frozenset())),
        st.tuples(st.just("split"), st.integers(0, 9), st.frozensets(st.integers(2, 9), min_size=1)),
    ),
    max_size=20,
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_whatever_is_split_a_plain_model_says_the_same(
    sqlite_db: Database, steps: list[tuple[str, int, frozenset[int]]]
) -> None:
    """Threads as lists of posts: what stands where, and what one reader has read, after any splits of splits."""
    db = sqlite_db
    people, made, council = Community(db), Teams(db), new_token()
    lead, reader = (
        people.person(organisation=council, email=f"{council}{at}@x.example".lower()) for at in "lr"
    )
    team_id = made.team(lead, members=[(reader, "member", "finance")])
    first = made.thread(lead, team_id, *("Words" for _ in range(4)))
    model: dict[int, list[int | None]] = {first: list(posts_of(db, first))}  # None is a marker
    removed: set[int] = set()
    reacted: set[int] = set()
    unseen = {post for post in model[first] if post}
    for what, one, numbers in steps:
        thread_id = sorted(model)[one % len(model)]
        there = model[thread_id]
        post = there[one % len(there)]
        with db.transaction(write=True) as tx:
            if what == "reply":
                said = service.reply(lead, tx=tx, thread_id=thread_id, body=written("More"))
                assert said.number == len(there) + 1
                there.append(said.post_id)
                unseen.add(said.post_id)
            elif what == "remove" and post is not None and post not in removed:
                service.remove(lead, tx=tx, post_id=post)
                removed.add(post)
            elif what == "react" and post is not None and post not in removed:
                service.react(reader, tx=tx, post_id=post, kind="agree", on=True)
                reacted.add(post)
            elif what == "read":
                at = one % len(there)
                marks.mark_unread(reader, tx=tx, thread_id=thread_id, number=at + 1)
                unseen -= {each for each in there[:at] if each}
                unseen |= {each for each in there[at:] if each}
            elif what == "split":
                standing = {at for at, each in enumerate(there, 1) if each and each not in removed}
                wanted = sorted(numbers & standing)
                if not wanted or set(wanted) == standing:
                    continue
                new = splitting.split(lead, tx=tx, thread_id=thread_id, numbers=wanted, title="New")
                model[new] = [there[at - 1] for at in wanted]
                for at in wanted:
                    there[at - 1] = None
    check_laws_of(db, model, removed, reacted)
    with db.transaction(write=False) as tx:
        for thread_id, there in model.items():
            thread = queries.thread(reader, tx=tx, thread_id=thread_id)
            assert (thread.posts, thread.places) == (sum(each is not None for each in there), len(there))
            new_posts = [at for at, each in enumerate(there, 1) if each in unseen - removed]
            place = unread.place_in(reader, tx=tx, thread_id=thread_id)
            assert (place.new, place.first) == (len(new_posts), new_posts[0] if new_posts else None)
        lines = queries.newest(reader, tx=tx, team_ids=select(text(str(team_id))), limit=99)
        assert {line.id: line.posts for line in lines} == {
            thread_id: sum(each is not None for each in there) for thread_id, there in model.items()
        }


def check_laws_of(
    db: Database, model: dict[int, list[int | None]], removed: set[int], reacted: set[int]
) -> None:
    """Every thread has in it what the model says, in that order."""
    with db.transaction(write=False) as tx:
        for thread_id, there in model.items():
            rows = tx.rows(
                select(PostRow.id, PostRow.number, PostRow.moved_id, PostRow.deleted_at)
                .where(PostRow.thread_id == thread_id)
                .order_by(PostRow.number)
            ).all()
            assert [row.number for row in rows] == list(range(1, len(there) + 1))
            assert [None if row.moved_id else row.id for row in rows] == there
            assert {row.id for row in rows if row.deleted_at and not row.moved_id} <= removed
        own = {each for there in model.values() for each in there if each}
        kept = set(tx.session.scalars(select(ReactionRow.post_id).where(ReactionRow.post_id.in_(own))))
    assert kept == reacted - removed
