"""Clients that mean harm, and clients that are merely slow, against a real server."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
import zlib
from typing import Any

import pytest
import websocket

from tests.live.support import ORIGIN, until

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: live\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


def _shake(port: int, extra: str = "") -> tuple[socket.socket, str]:
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    plain.sendall((HANDSHAKE + extra + "\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += plain.recv(4096)
    return plain, answer.split(b"\r\n\r\n")[0].decode()


def _masked(first: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((first,)) + length + b"\0\0\0\0" + payload


@pytest.mark.parametrize("fanout", ["direct", "stock"])
def test_compression_is_never_agreed_to_and_a_bomb_ends_the_connection(serve: Any, fanout: str) -> None:
    served = serve(fanout=fanout)
    plain, answer = _shake(
        served.port, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    )
    with plain:
        assert answer.startswith("HTTP/1.1 101")
        assert "extensions" not in answer.lower()
        before = served.get("health")["rss"]
        bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = bomb.compress(b"4" * 60_000_000) + bomb.flush(zlib.Z_SYNC_FLUSH)
        plain.sendall(_masked(0xC1, packed[:-4]))
        plain.settimeout(5)
        with contextlib.suppress(ConnectionError):
            while plain.recv(65536):
                pass
        assert served.get("health")["rss"] - before < 20_000_000


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/socket.io/?EIO=4&transport=polling"),
        ("POST", "/socket.io/?EIO=4&transport=polling&sid=x"),
        ("GET", "/socket.io/?EIO=4&transport=websocket"),
        ("GET", "/socket.io/"),
        ("OPTIONS", "/socket.io/?EIO=4&transport=polling"),
    ],
)
def test_only_websockets_are_answered(served: Any, method: str, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=5)
    connection.request(method, path, body=b"40" if method == "POST" else None)
    with contextlib.closing(connection):
        assert connection.getresponse().status == 400


def test_a_page_of_another_site_cannot_open_a_socket(served: Any, raw: Any) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(
            f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket",
            origin="https://elsewhere.example",
            timeout=5,
        )
    assert refused.value.status_code == 400
    refused.value.__traceback__ = None
    plain, answer = _shake(served.port, f"Origin: {ORIGIN}\r\n")
    plain.close()
    assert answer.startswith("HTTP/1.1 101")


@pytest.mark.parametrize(
    "payload",
    [
        '42["say",{"error":"' + "x" * 70_000 + '"}]',
        "4" + "[" * 60_000,
        "42" + "[" * 60_000,
        "42[]",
        '42{"a":1}',
        '42"text"',
        "4",
        "",
        "9",
        "x",
        '451-["op",{"_placeholder":true,"num":0}]',
        "bAAAA",
        "40",
        "42" + "9" * 200 + '["op"]',
        "44{}",
        "4²[]",
    ],
)
def test_what_is_not_socket_io_ends_the_connection_and_frees_its_thread(
    served: Any, raw: Any, payload: str
) -> None:
    attacker = raw(served, "ann")
    attacker.ws.send(payload)
    assert attacker.ended()
    until(lambda: served.get("health")["sockets"] == 0)
    assert "Traceback" not in served.log_path.read_text()


def test_binary_frames_and_endless_fragments_end_the_connection(served: Any, raw: Any) -> None:
    binary = raw(served)
    binary.ws.send_binary(b"4")
    assert binary.ended()
    fragments = raw(served)
    with contextlib.suppress(OSError):
        fragments.ws.sock.sendall(_masked(0x01, b"4") + _masked(0x00, b"") * 3000)
    assert fragments.ended()


def test_one_event_of_64_kb_is_accepted(served: Any, raw: Any) -> None:
    """The limit is for hostile input, not for a long post."""
    ann = raw(served, "ann")
    assert ann.call("say", {"error": "x" * 60_000})["code"] == "internal"


def test_a_client_that_never_says_hello_loses_its_place(serve: Any, raw: Any) -> None:
    served = serve(hello_timeout=1)
    assert raw(served, hello=False).ended()
    assert served.get("health")["no_hello"] == 1
    staying = raw(served)
    time.sleep(2.5)
    assert staying.call("join", {"topic": "thread:1"})["ok"]


def test_a_refused_client_loses_its_place(serve: Any, raw: Any) -> None:
    served = serve(max_anonymous=1)
    raw(served)
    refused = raw(served)
    assert json.loads(refused.hello[2:])["message"] == "full"
    assert refused.ended()
    until(lambda: served.get("health")["sockets"] == 1)


def test_when_all_places_are_taken_sockets_are_refused_and_pages_are_served(serve: Any, raw: Any) -> None:
    served = serve(max_sockets=5)
    first = [raw(served) for _ in range(5)]
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        raw(served)
    assert refused.value.status_code == 503
    assert refused.value.resp_headers["retry-after"]
    assert served.get("page") == {"page": "here"}
    assert served.get("health")["refused_full"] == 1
    first[0].close()
    until(lambda: served.get("health")["sockets"] == 4)
    assert raw(served).call("join", {"topic": "thread:1"})["ok"]


def test_a_client_that_stops_answering_pings_is_let_go(serve: Any, raw: Any) -> None:
    served = serve(ping_interval=0.5, ping_timeout=0.5)
    silent = raw(served)
    assert silent.ws.recv() == "2"
    assert silent.ended()
    assert served.get("health")["ping_timeouts"] == 1
    answering = raw(served)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        assert answering.ws.recv() == "2"
        answering.ws.send("3")


def test_a_flood_is_slowed_down_and_hurts_nobody(served: Any, serve: Any, raw: Any) -> None:
    served = serve()
    flooder, other = raw(served, "ann"), raw(served, "bob")
    stop = threading.Event()

    def flood() -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            while not stop.is_set():
                flooder.ws.send('42["dance",{}]')

    def read() -> None:
        with contextlib.suppress(OSError, websocket.WebSocketException):
            while not stop.is_set():
                flooder.ws.recv()

    workers = [threading.Thread(target=flood), threading.Thread(target=read)]
    for worker in workers:
        worker.start()
    try:
        time.sleep(0.5)
        before = served.get("health")["rss"]
        assert other.call("join", {"topic": "thread:1"})["ok"]
        time.sleep(1.5)
        assert served.get("health")["rss"] - before < 10_000_000
    finally:
        stop.set()
        flooder.close()
        for worker in workers:
            worker.join()


def test_a_stalled_client_costs_bounded_memory_and_is_told_to_resync(serve: Any, raw: Any) -> None:
    served = serve()
    stalled, healthy = raw(served, "bob"), raw(served, "ann")
    for each in (stalled, healthy):
        assert each.call("join", {"topic": "thread:1"})["ok"]
    got: list[int] = []

    def read() -> None:
        while not got or got[-1] < 2999:
            text = healthy.ws.recv()
            if text.startswith('42["news"'):
                got.append(json.loads(text[2:])[1]["seq"])
            elif text == "2":
                healthy.ws.send("3")

    reader = threading.Thread(target=read)
    reader.start()
    before = served.get("health")["rss"]
    for end in range(20, 3001, 20):
        served.get(f"blast?topic=thread:1&from={end - 20}&to={end}&pad=8000")
        until(lambda end=end: got and got[-1] == end - 1)
    reader.join()
    assert got == list(range(3000)), "the healthy client gets everything, in order"
    health = served.get("health")
    assert health["queue_overflows"] == 1
    assert health["rss"] - before < 8_000_000, "24 MB were sent past the stalled client"
    seqs, last = [], ""
    with contextlib.suppress(websocket.WebSocketException, OSError):
        while True:
            text = stalled.ws.recv()
            if text.startswith('42["news"'):
                seqs.append(json.loads(text[2:])[1]["seq"])
            last = text or last
    assert seqs == list(range(len(seqs))), "what it got before is whole and in order"
    assert last == '42["resync",{"reason":"too_slow"}]'
    until(lambda: served.get("health")["sockets"] == 1)


def test_a_stalled_client_that_never_reads_again_loses_its_thread(serve: Any, raw: Any) -> None:
    served = serve(drain_timeout=0.5)
    stalled = raw(served, "bob")
    stalled.call("join", {"topic": "thread:1"})
    served.get("blast?topic=thread:1&from=0&to=1000&pad=16000")
    assert served.get("health")["queue_overflows"] == 1
    until(lambda: served.get("health")["sockets"] == 0)


def test_slow_readers_get_an_uncorrupted_stream(serve: Any, raw: Any) -> None:
    """Frames bigger than the socket's buffer, readers that dawdle, acknowledgements in between: all whole."""
    served = serve(queue_bytes=64_000_000, queue_frames=10_000)
    readers = [raw(served, token) for token in ("ann", "bob", "")]
    for each in readers:
        assert each.call("join", {"topic": "thread:1"})["ok"]
    blaster = threading.Thread(target=served.get, args=("blast?topic=thread:1&from=0&to=120&pad=100000",))
    blaster.start()
    for turn in range(120):
        for index, each in enumerate(readers):
            if turn % 10 == index:
                each.ws.send('429["head",{"topic":"thread:1"}]')
                time.sleep(0.01)
            text = each.ws.recv()
            while not text.startswith('42["news"'):
                assert text.startswith("439[") or text == "2"
                text = each.ws.recv()
            data = json.loads(text[2:])[1]
            assert data["seq"] == turn
            assert data["pad"] == "x" * 100_000
    blaster.join()
    assert served.get("health")["queue_overflows"] == 0


def test_the_stock_fan_out_still_works_behind_its_switch(serve: Any, client: Any) -> None:
    served = serve(fanout="stock")
    ann = client(served, "ann")
    assert ann.join("thread:1")["ok"]
    seq = served.get("post?thread=1")
    assert ann.next() == ("news", {"topic": "thread:1", "seq": seq})
    session_id = served.sign_in(2, "tablet")
    tablet = client(served, "tablet")
    served.end_session(session_id)
    until(lambda: tablet.gone, 2)


def test_a_socket_costs_one_thread(serve: Any, raw: Any) -> None:
    served = serve()
    raw(served)
    before = served.get("health")["threads"]
    for _ in range(20):
        raw(served)
    assert served.get("health")["threads"] - before <= 21
