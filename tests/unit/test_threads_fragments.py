"""The memory of drawn posts."""

from __future__ import annotations

from cop.threads.fragments import Fragments


def test_what_is_put_is_got() -> None:
    memory = Fragments()
    memory.put(("post", 1), "<p>")
    assert memory.get(("post", 1)) == "<p>"
    assert memory.get(("post", 2)) is None


def test_the_longest_unused_is_forgotten_first() -> None:
    memory = Fragments(max_entries=2)
    memory.put((1,), "one")
    memory.put((2,), "two")
    memory.get((1,))
    memory.put((3,), "three")
    assert memory.get((1,)) == "one"
    assert memory.get((2,)) is None
    assert len(memory) == 2


def test_characters_are_bounded_too_and_counted_right() -> None:
    memory = Fragments(max_characters=10)
    memory.put((1,), "12345")
    memory.put((1,), "1234567")
    memory.put((2,), "123")
    assert len(memory) == 2
    memory.put((3,), "1")
    assert memory.get((1,)) is None
    assert memory.get((2,)) == "123"
    memory.put((4,), "longer than everything")
    assert len(memory) == 0
