"""What a client sends and gets, over a real server and real sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest
import socketio

from cop.kernel.access import PUBLIC
from cop.live.namespace import Live
from tests.live.support import until


def test_news_reaches_everyone_who_listens_and_nobody_else(served: Any, client: Any) -> None:
    ann, bob, stranger = client(served, "ann"), client(served, "bob"), client(served)
    for each in (ann, stranger):
        assert each.join("thread:1")["ok"]
    bob.join("thread:3")
    seq = ann.ask("say", {"thread_id": 1})["seq"]
    for each in (ann, stranger):
        assert each.next() == ("news", {"topic": "thread:1", "seq": seq})
    assert bob.seen.empty()


def test_joining_tells_the_head_and_asking_again_heals(served: Any, client: Any) -> None:
    ann = client(served, "ann")
    first = ann.join("thread:3")
    assert first["ok"]
    assert first["server_time"] > 1_700_000_000_000
    seq = served.post_elsewhere(3)
    assert ann.ask("head", {"topic": "thread:3"})["seq"] == seq
    assert client(served, "bob").join("thread:3")["seq"] == seq


def test_a_post_by_another_process_is_announced_by_the_beacon(served: Any, client: Any) -> None:
    ann = client(served, "ann")
    ann.join("thread:2")
    seq = served.post_elsewhere(2)
    assert ann.next() == ("head", {"topic": "thread:2", "seq": seq})


@pytest.mark.parametrize("topic", ["thread:2", "thread:999", "team:1", "thread", "thread:0", "thread:1 ", ""])
def test_what_one_may_not_read_looks_like_what_does_not_exist(served: Any, client: Any, topic: str) -> None:
    expected = client(served, "bob").join("thread:998")
    assert expected["code"] == "not_found"
    for token in ("bob", ""):
        assert client(served, token).join(topic) == expected


def test_leaving_stops_the_news(served: Any, client: Any) -> None:
    ann = client(served, "ann")
    ann.join("thread:1")
    assert ann.ask("leave", {"topic": "thread:1"})["ok"]
    served.get("post?thread=1")
    assert ann.ask("head", {"topic": "thread:1"})["code"] == "not_found"
    assert ann.seen.empty()


def test_an_unknown_event_gets_a_typed_nack(served: Any, client: Any, raw: Any) -> None:
    answer = client(served, "ann").ask("dance")
    assert (answer["ok"], answer["code"], answer["retryable"]) == (False, "unknown_event", False)
    quiet = raw(served, "ann")
    quiet.ws.send('42["dance",{}]')
    assert json.loads(quiet.ws.recv()[2:])[1]["code"] == "unknown_event"


@pytest.mark.parametrize("name", ["connect", "disconnect", "__disconnect_final", "*"])
def test_a_client_cannot_forge_the_librarys_own_events(served: Any, raw: Any, name: str) -> None:
    forger = raw(served, "ann")
    forger.call("join", {"topic": "thread:1"})
    assert forger.call(name, {})["code"] == "unknown_event"
    assert forger.call("head", {"topic": "thread:1"})["ok"], "the hub must still know this client"


@pytest.mark.parametrize(
    ("error", "code", "retryable", "retry_after"),
    [
        ("not_found", "not_found", False, None),
        ("forbidden", "forbidden", False, None),
        ("invalid", "invalid", False, None),
        ("conflict", "conflict", True, None),
        ("gone", "gone", False, None),
        ("rate_limited", "rate_limited", True, 7),
        ("boom", "internal", True, None),
    ],
)
def test_errors_become_nacks(
    served: Any, client: Any, error: str, code: str, retryable: bool, retry_after: int | None
) -> None:
    answer = client(served, "bob").ask("say", {"error": error})
    assert (answer["code"], answer["retryable"], answer["retry_after"]) == (code, retryable, retry_after)
    assert "fault of the program" not in answer["message"]


@pytest.mark.parametrize("data", [{"thread_id": "1"}, {"extra": 1}, [], "text", 7, None, {"thread_id": None}])
def test_a_payload_of_another_shape_is_refused(served: Any, raw: Any, data: Any) -> None:
    answer = raw(served, "ann").call("say", data)
    assert answer["code"] == "invalid"


def test_who_is_not_signed_in_may_listen_but_not_write(served: Any, client: Any) -> None:
    stranger = client(served)
    assert stranger.join("thread:1")["ok"]
    assert stranger.ask("say", {})["code"] == "not_found"
    assert client(served, "no such token").ask("say", {})["code"] == "not_found"


def test_events_of_one_client_never_overlap(served: Any, raw: Any) -> None:
    ann = raw(served, "ann")
    for number in range(5):
        ann.ws.send(f'42{number}["slow",{{}}]')
    answers = [json.loads(ann.ws.recv()[3:])[0] for _ in range(5)]
    assert [answer["overlaps"] for answer in answers] == [0] * 5


def test_presence_is_sent_and_holds_no_words(served: Any, client: Any) -> None:
    ann = client(served, "ann")
    ann.join("thread:1")
    served.get("ephemeral?topic=thread:1")
    assert ann.next() == ("presence", {"where": "reading", "topic": "thread:1"})


def test_too_many_events_are_answered_with_when_to_come_back(serve: Any, client: Any) -> None:
    served = serve(rates={"op": [0.5, 20], "any": [1000, 1000]})
    ann = client(served, "ann")
    answers = [ann.ask("say", {}) for _ in range(40)]
    refused = [answer for answer in answers if not answer["ok"]]
    assert len(refused) >= 5
    assert {answer["code"] for answer in refused} == {"rate_limited"}
    assert all(answer["retry_after"] >= 1 and answer["retryable"] for answer in refused)
    assert client(served, "ann").ask("say", {})["code"] == "rate_limited", "the limit is the person's"
    assert client(served, "bob").ask("say", {})["ok"]
    assert not ann.gone


def test_joins_have_their_own_limit_and_a_socket_its_own_number_of_topics(serve: Any, client: Any) -> None:
    served = serve(topics_per_socket=1)
    ann = client(served, "ann")
    assert ann.join("thread:1")["ok"]
    assert ann.join("thread:2")["code"] == "limit_exceeded"
    assert [ann.join("thread:1")["ok"] for _ in range(10)].count(False) >= 1


def test_an_old_page_is_told_so(served: Any, client: Any) -> None:
    answer = client(served, "ann").ask("join", {"topic": "thread:1", "protocol": 99})
    assert answer["code"] == "protocol_unsupported"


def test_places_for_one_person_and_for_strangers_are_limited(serve: Any, client: Any) -> None:
    served = serve(max_per_person=2, max_anonymous=1)
    client(served, "ann"), client(served, "ann"), client(served)
    for token in ("ann", ""):
        with pytest.raises(socketio.exceptions.ConnectionError):
            client(served, token)
    assert client(served, "bob").join("thread:1")["ok"]
    until(lambda: served.get("health")["sockets"] == 4, 8)


def test_many_posts_at_once_are_few_broadcasts_and_the_last_one_arrives(served: Any, client: Any) -> None:
    ann = client(served, "ann")
    ann.join("thread:1")
    last = [served.get("post?thread=1") for _ in range(40)][-1]
    seen = []
    while not seen or seen[-1] < last:
        event, data = ann.next()
        assert event in ("news", "head")
        seen.append(data["seq"])
    assert seen == sorted(seen)
    assert len(seen) < 40


def test_an_event_without_access_fails_at_import() -> None:
    live = Live()
    with pytest.raises(TypeError):
        live.on("op", schema=dict)  # type: ignore[call-arg,arg-type]
    with pytest.raises(TypeError, match="access"):
        live.on("op", access=None, schema=dict)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="schema"):
        live.on("op", access=PUBLIC, schema=dict)  # type: ignore[arg-type]


def test_the_server_logged_only_the_fault_it_was_asked_for(served: Any) -> None:
    text = served.log_path.read_text()
    assert text.count("Traceback") == text.count("LookupError: a fault of the program"), text
