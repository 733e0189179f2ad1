"""The small parts of the live edge: limits, names, payloads, configuration, the handshake."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from cop.kernel.access import PUBLIC
from cop.kernel.buckets import PRUNE_AT, Buckets, Rate
from cop.kernel.errors import NotFound
from cop.kernel.ids import LARGEST_ID
from cop.live import frames, namespace, publish
from cop.live.config import RATES, LiveConfig
from cop.live.namespace import Live
from cop.live.topics import Topic, Topics, topic_name


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_then_refills_at_its_rate() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    rate = Rate(per_second=5, burst=20)
    assert [buckets.take("ann", rate) for _ in range(21)] == [0] * 20 + [1]
    assert buckets.take("bob", rate) == 0
    clock.now += 0.2
    assert [buckets.take("ann", rate) for _ in range(2)] == [0, 1]
    slow = Rate(per_second=10 / 60, burst=1)
    assert [buckets.take("join", slow), buckets.take("join", slow)] == [0, 6]


def test_buckets_of_people_who_went_quiet_are_forgotten() -> None:
    clock = Clock()
    buckets = Buckets(clock)
    for number in range(PRUNE_AT):
        buckets.take(number, Rate(1, 2))
    clock.now += 60
    buckets.take("new", Rate(1, 2))
    assert len(buckets) == 1


def test_names_of_topics() -> None:
    assert topic_name("thread", 7) == "thread:7"
    assert topic_name("thread", LARGEST_ID) == f"thread:{LARGEST_ID}"
    for kind, number in (
        ("thread", 0),
        ("Thread", 1),
        ("a b", 1),
        ("thread", -1),
        ("thread", LARGEST_ID + 1),
    ):
        with pytest.raises(ValueError, match="topic"):
            topic_name(kind, number)
    topics = Topics()
    topics.register(Topic("thread", may_join=lambda *_: True, head=lambda *_: 0))
    assert topics.find("thread:7")[1] == 7
    for far in (LARGEST_ID + 1, 10**17, 10**30):
        with pytest.raises(NotFound):
            topics.find(f"thread:{far}")
    with pytest.raises(ValueError, match="already"):
        topics.register(Topic("thread", may_join=lambda *_: True, head=lambda *_: 0))


@pytest.mark.parametrize("payload", [{"text": "x" * 65}, {"post": {"id": 1}}, {"ids": [1]}, {"at": 1.5}])
def test_words_never_travel_in_a_broadcast(payload: Any) -> None:
    with pytest.raises(TypeError):
        publish.publish_ephemeral_unsafe("thread:1", payload)


def test_publishing_never_fails_and_does_nothing_without_a_live_edge() -> None:
    class Broken:
        def ephemeral(self, topic: str, payload: Any) -> None:
            raise RuntimeError("no")

    publish.publish_ephemeral_unsafe("thread:1", {"seq": 1})
    publish.attach_outlet(Broken())  # type: ignore[arg-type]
    try:
        publish.publish_ephemeral_unsafe("thread:1", {"seq": 1})
    finally:
        publish.attach_outlet(None)


@pytest.mark.parametrize(
    "options", [{"origins": ()}, {"origins": ("*",)}, {"origins": ("https://a",), "fanout": "fast"}]
)
def test_a_configuration_that_opens_the_edge_is_refused(options: Any) -> None:
    with pytest.raises(ValueError, match=r"origins|fanout"):
        LiveConfig(**options)


def test_the_web_server_gets_a_thread_for_each_socket_and_some_for_pages() -> None:
    config = LiveConfig(origins=("https://a",), max_sockets=500)
    assert config.threads == 532
    assert config.anonymous_places == 250, "strangers never take every place"


def test_an_event_name_is_declared_once_in_the_whole_program() -> None:
    first, second = Live(), Live()
    first.on("op", access=PUBLIC, schema=BaseModel)(lambda *_: None)
    second.on("op", access=PUBLIC, schema=BaseModel)(lambda *_: None)
    with pytest.raises(ValueError, match="taken"):
        first.include(second)
    with pytest.raises(ValueError, match="taken"):
        first.on("disconnect", access=PUBLIC, schema=BaseModel)(lambda *_: None)
    with pytest.raises(ValueError, match="rate"):
        first.on("other", access=PUBLIC, schema=BaseModel, rate="whatever")


def test_the_answer_to_a_handshake_is_the_one_in_the_standard() -> None:
    answer = frames.handshake_answer(
        {"HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ==", "HTTP_SEC_WEBSOCKET_VERSION": "13"}
    )
    assert answer is not None
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    for key, number in (("short", "13"), ("dGhlIHNhbXBsZSBub25jZQ==", "8"), ("", "13"), ("é", "13")):
        environ = {"HTTP_SEC_WEBSOCKET_KEY": key, "HTTP_SEC_WEBSOCKET_VERSION": number}
        assert frames.handshake_answer(environ) is None


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_a_frame_says_its_own_length(size: int) -> None:
    header = {0: 2, 125: 2, 126: 4, 65535: 4, 65536: 10}[size]
    assert len(frames.text_frame(b"x" * size)) == size + header


def test_every_refusal_a_client_may_get_is_described() -> None:
    described = (Path(__file__).parents[2] / "docs" / "live.md").read_text()
    source = inspect.getsource(namespace)
    codes = set(re.findall(r'Nack\(\s*"([a-z_]+)"', source)) | set(namespace.DOMAIN_CODES.values())
    assert len(codes) >= 10
    assert {code for code in codes if f"`{code}`" not in described} == set()
    assert {event for event in namespace.OWN_EVENTS if f"`{event}`" not in described} == set()
    assert {rate for rate in RATES if f"`{rate}`" not in described} == set()
