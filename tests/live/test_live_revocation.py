"""Taking access away: it ends on open sockets within two seconds, whoever took it away and in which process."""

from __future__ import annotations

import queue
import time
from typing import Any

import pytest

from tests.live.support import until

LIMIT = 2.0
"""Seconds: LIVE.md, law 5."""


def test_revoking_ends_open_sockets_at_once(serve: Any, client: Any) -> None:
    served = serve(sweep=30)
    ann, bob = client(served, "ann"), client(served, "bob")
    ann.join("thread:3")
    bob.join("thread:3")
    served.get("revoke?person=1")
    assert ann.next(LIMIT) == ("control", {"kind": "revoked"})
    until(lambda: ann.gone, LIMIT)
    served.get("post?thread=3")
    assert bob.next()[0] == "news"
    assert ann.seen.empty()


def test_a_session_ended_in_the_database_ends_its_socket(serve: Any, client: Any) -> None:
    served = serve()
    session_id = served.sign_in(1, "laptop")
    laptop, phone = client(served, "laptop"), client(served, "ann")
    served.end_session(session_id)
    started = time.monotonic()
    until(lambda: laptop.gone, LIMIT)
    assert time.monotonic() - started < LIMIT
    assert laptop.next() == ("control", {"kind": "revoked"})
    assert phone.ask("say", {})["ok"]


def test_the_next_event_after_the_end_is_refused_before_the_sweeper_comes(serve: Any, client: Any) -> None:
    served = serve(sweep=30)
    session_id = served.sign_in(1, "laptop")
    laptop = client(served, "laptop")
    assert laptop.ask("say", {})["ok"]
    served.end_session(session_id)
    assert laptop.ask("say", {})["code"] == "forbidden"
    until(lambda: laptop.gone, LIMIT)


@pytest.mark.parametrize("stamped", [True, False])
def test_who_may_no_longer_read_stops_hearing(serve: Any, client: Any, stamped: bool) -> None:
    """The hub learns it from a number in the database, or from the service that took the access away."""
    served = serve(stamped=stamped, recheck=3600)
    ann, bob = client(served, "ann"), client(served, "bob")
    ann.join("thread:3")
    bob.join("thread:3")
    if stamped:
        time.sleep(0.7)  # The hub has seen the number once.
    served.remove_member(3, 2, stamp=stamped)
    if not stamped:
        served.get("recheck?topic=thread:3")
    assert bob.next(LIMIT) == ("control", {"kind": "left", "topic": "thread:3"})
    served.get("post?thread=3")
    assert ann.next()[0] == "news"
    with pytest.raises(queue.Empty):
        bob.next(0.3)
    assert bob.join("thread:3")["code"] == "not_found"


def test_memberships_are_asked_again_from_time_to_time(serve: Any, client: Any) -> None:
    served = serve(recheck=0.5)
    bob = client(served, "bob")
    bob.join("thread:3")
    served.remove_member(3, 2)
    assert bob.next(LIMIT) == ("control", {"kind": "left", "topic": "thread:3"})


def test_a_restart_does_not_wait_for_open_sockets(serve: Any, client: Any) -> None:
    """The web server would give them twenty seconds."""
    served = serve()
    ann, bob = client(served, "ann"), client(served, "bob")
    started = time.monotonic()
    served.process.terminate()
    served.process.wait(10)
    assert time.monotonic() - started < 8
    until(lambda: ann.gone and bob.gone)
