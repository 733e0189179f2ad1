"""The wire by itself, on a real socket pair: order, bounds, and a stream that is never corrupted."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, TextMessage

from cop.live import frames
from cop.live.pulse import Pulse
from cop.live.wire import Bounds, Wire
from tests.live.support import until

FAREWELL = frames.text_frame(b"resync")


class Pair:
    """A wire, its pulse, and the other end of its socket."""

    def __init__(self, pulse: Pulse, **bounds: Any) -> None:
        ours, self.theirs = socket.socketpair()
        self.ours = ours
        limits = {"frames": 200, "bytes": 256 * 1024, "drain": 2.0, "message": 65536, **bounds}
        self.overflows = 0
        self.wire = Wire(ours, Bounds(**limits), busy=pulse.busy, overflowed=self._count, farewell=FAREWELL)

    def _count(self) -> None:
        self.overflows += 1

    def read(self, pause: float = 0.0, size: int = 65536) -> tuple[list[str], int | None]:
        """All text messages until the end, and the close code."""
        protocol = Connection(ConnectionType.CLIENT)
        messages, parts, code = [], [], None
        while data := self.theirs.recv(size):
            protocol.receive_data(data)
            for event in protocol.events():
                if isinstance(event, TextMessage):
                    parts.append(event.data)
                    if event.message_finished:
                        messages.append("".join(parts))
                        parts = []
                elif isinstance(event, CloseConnection):
                    code = event.code
                    if code == 1002:
                        raise AssertionError(f"the stream is corrupt: {event.reason}")
            if code is not None:
                break
            time.sleep(pause)
        return messages, code


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    """A running pulse."""
    running = Pulse(lambda now: None)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def pair(pulse: Pulse) -> Iterator[Any]:
    """Make pairs that are closed at the end."""
    made: list[Pair] = []

    def make(**bounds: Any) -> Pair:
        made.append(Pair(pulse, **bounds))
        return made[-1]

    yield make
    for each in made:
        each.wire.cut()
        each.ours.close()
        each.theirs.close()


class Jittery:
    """A socket that takes a few bytes at a time and lets other threads in between, as a real one may."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self._random = random.Random(3)

    def send(self, data: Any, flags: int) -> int:
        """Send a part, now and then nothing."""
        time.sleep(0.00005)
        if self._random.random() < 0.1:
            raise BlockingIOError
        sent = self._real.send(data[: self._random.randint(1, 400)], flags)
        time.sleep(0.00005)
        return sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_no_thread_gets_between_the_parts_of_a_frame(pair: Any) -> None:
    """Without the lock around "nothing waits" and the write, frames overtake each other and tear."""
    mine = pair(frames=10_000, bytes=1 << 30, drain=60.0)
    mine.wire._sock = Jittery(mine.ours)

    def write(name: str) -> None:
        for number in range(60):
            mine.wire.offer(frames.text_frame(f"{name}:{number}:{'x' * (number * 13 % 700)}".encode()))
            time.sleep(0.0001)

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for each in writers:
        each.start()
    ender = threading.Thread(target=lambda: ([each.join() for each in writers], mine.wire.end(1000)))
    ender.start()
    messages, code = mine.read()
    ender.join()
    assert code == 1000
    for name in "abcd":
        numbers = [int(text.split(":")[1]) for text in messages if text[0] == name]
        assert numbers == list(range(60))
    assert all(len(text.split(":")[2]) == int(text.split(":")[1]) * 13 % 700 for text in messages)


def test_a_message_over_the_limit_is_not_handled_however_it_is_cut_up(pair: Any) -> None:
    for pieces in (1, 10):
        mine = pair(message=1000)
        client = Connection(ConnectionType.CLIENT)
        for number in range(pieces):
            last = number == pieces - 1
            mine.theirs.sendall(client.send(TextMessage(data="x" * (2000 // pieces), message_finished=last)))
        mine.theirs.shutdown(socket.SHUT_WR)
        assert list(mine.wire.messages()) == []
        assert mine.read() == ([], frames.TOO_BIG)


def test_what_several_threads_write_arrives_whole_and_each_ones_in_order(pair: Any) -> None:
    """The race of the prototype: one thread finds the queue empty while another begins to write its tail."""
    mine = pair(frames=100_000, bytes=1 << 30, drain=60.0)
    sizes = random.Random(7)
    pads = [sizes.choice((10, 200, 5_000, 70_000)) for _ in range(300)]

    def write(name: str) -> None:
        for number, pad in enumerate(pads):
            mine.wire.offer(frames.text_frame(f"{name}:{number}:{'x' * pad}".encode()))

    writers = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for each in writers:
        each.start()
    ender = threading.Thread(target=lambda: ([each.join() for each in writers], mine.wire.end(1000)))
    ender.start()
    messages, code = mine.read(pause=0.0005, size=30_000)
    ender.join()
    assert code == 1000
    assert len(messages) == 4 * len(pads)
    for name in "abcd":
        numbers = [int(text.split(":")[1]) for text in messages if text[0] == name]
        assert numbers == list(range(len(pads)))
    assert all(len(text.split(":")[2]) == pads[int(text.split(":")[1])] for text in messages)


def test_a_full_outbox_says_farewell_after_the_frame_it_had_begun(pair: Any) -> None:
    mine = pair(frames=5, bytes=1 << 20)
    big = "y" * 400_000
    for number in range(20):
        mine.wire.offer(frames.text_frame(f"{number}:{big}".encode()))
    assert mine.overflows == 1
    assert not mine.wire.is_open
    assert mine.wire.waiting[1] < 500_000
    messages, code = mine.read()
    assert messages[-1] == "resync"
    assert code == frames.TRY_LATER
    assert [text.split(":")[0] for text in messages[:-1]] == [str(n) for n in range(len(messages) - 1)]
    assert all(len(text) == len(big) + 2 for text in messages[:-1])


def test_a_frame_over_the_bound_is_sent_when_nothing_waits(pair: Any) -> None:
    mine = pair(bytes=10)
    mine.wire.offer(frames.text_frame(b"z" * 1_000_000))
    mine.wire.end(1000)
    messages, _ = mine.read()
    assert [len(text) for text in messages] == [1_000_000]


def test_what_is_droppable_is_left_out_for_a_busy_client(pair: Any) -> None:
    mine = pair()
    mine.wire.offer(frames.text_frame(b"z" * 1_000_000))
    mine.wire.offer(frames.text_frame(b"presence"), droppable=True)
    mine.wire.end(1000)
    assert len(mine.read()[0]) == 1


def test_ending_with_drop_says_the_last_thing_and_nothing_else(pair: Any) -> None:
    mine = pair(bytes=1 << 22)
    mine.wire.offer(frames.text_frame(b"a" * 1_000_000))
    mine.wire.offer(frames.text_frame(b"secret"))
    mine.wire.end(1008, frames.text_frame(b"last"), drop=True)
    mine.wire.offer(frames.text_frame(b"late"))
    messages, code = mine.read()
    assert [text[:6] for text in messages] == ["aaaaaa", "last"]
    assert code == 1008


def test_who_does_not_read_the_farewell_is_cut_off(pair: Any, pulse: Pulse) -> None:
    mine = pair(drain=0.3)
    mine.wire.offer(frames.text_frame(b"a" * 1_000_000))
    mine.wire.end(1000)
    assert list(mine.wire.messages()) == []
    until(lambda: pulse.busy_count == 0)


def test_an_idle_pulse_does_not_spin_while_a_wire_drains(pair: Any) -> None:
    mine = pair(drain=1.0)
    mine.wire.end(1000)
    before = time.process_time()
    time.sleep(0.6)
    assert time.process_time() - before < 0.2


def test_a_reader_that_waits_takes_no_more_from_the_socket(pair: Any) -> None:
    """Back-pressure: what a flooding client sends stays in the kernel until the handler is done."""
    mine = pair()
    client = Connection(ConnectionType.CLIENT)
    from_client = b"".join(client.send(TextMessage(data="x" * 1000)) for _ in range(5000))
    mine.theirs.setblocking(False)
    reader = mine.wire.messages()
    sent = mine.theirs.send(from_client)
    assert next(reader) == "x" * 1000
    while True:
        try:
            sent += mine.theirs.send(from_client[sent:])
        except BlockingIOError:
            break
    assert 100_000 < sent < 2_000_000
    reader.close()
