"""How fast news reaches many sockets: our direct fan-out beside the libraries' own.

    python -m tests.bench.bench_live [--sockets 200 500] [--seconds 5] [--rate 20]

For each number of sockets it starts the server of the live tests, connects that many raw clients from another
process, sends `rate` messages a second to one topic, and prints the milliseconds from the call that sends to the
arrival at each client (p50, p99, max), the server's processor time, and how pages fared meanwhile. Both ends share
this machine, so figures depend on what else runs: the load average stands beside them.
"""

from __future__ import annotations

import argparse
import base64
import multiprocessing
import os
import selectors
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench.promise import Promise
from tests.live.support import ORIGIN, Served

ALLOWED_MS = 1000.0

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: live\r\nUpgrade: websocket\r\n"
    f"Connection: Upgrade\r\nOrigin: {ORIGIN}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    f"{base64.b64encode(b'0123456789abcdef').decode()}\r\n\r\n"
).encode()
JOIN = b'421["join",{"topic":"thread:1"}]'
MARK = b'"t":'
GENEROUS = [100_000, 100_000]


def masked(payload: bytes) -> bytes:
    """A text frame as a client sends it, with a mask of zeros."""
    return bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload


def connect(port: int) -> socket.socket:
    """One client that has joined the topic."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.sendall(HANDSHAKE)
    for expected, then in ((b'"maxPayload"', masked(b"40")), (b"40{", masked(JOIN)), (b'431[{"ok"', b"")):
        seen = b""
        while expected not in seen:
            chunk = client.recv(65536)
            if not chunk:
                raise ConnectionError(seen[:200])
            seen += chunk
        if then:
            client.sendall(then)
    client.setblocking(False)
    return client


def listen(port: int, count: int, pipe: Connection) -> None:
    """Connect `count` clients, report, then note how late each message is until told to stop."""
    selector = selectors.DefaultSelector()
    started = time.monotonic()
    for _ in range(count):
        selector.register(connect(port), selectors.EVENT_READ)
    pipe.send(time.monotonic() - started)
    late: list[int] = []
    closed = 0
    while not pipe.poll():
        for key, _ in selector.select(0.05):
            client = key.fileobj
            assert isinstance(client, socket.socket)
            try:
                data = client.recv(262_144)
            except BlockingIOError:
                continue
            now = time.monotonic_ns() // 1000
            if not data:
                closed += 1
                selector.unregister(client)
            # A message cut in two by the network is short enough here that this does not happen on loopback
            # except under collapse, where it is then missing from the count and shows as lost.
            for part in data.split(MARK)[1:]:
                digits = part.split(b",", 1)[0]
                if digits.isdigit():
                    late.append(now - int(digits))
    pipe.send((late, closed))


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def processor_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def probe_pages(port: int, stop: threading.Event, took: list[float]) -> None:
    """Ask for a page ten times a second and note the milliseconds."""
    while not stop.wait(0.1):
        started = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/page", timeout=30) as answer:
            answer.read()
        took.append((time.monotonic() - started) * 1000)


def measure(fanout: str, count: int, rate: float, seconds: float) -> float:
    """Print one line of figures; return the p99 in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(
            Path(folder),
            fanout=fanout,
            max_sockets=count,
            max_anonymous=count,
            rates={"join": GENEROUS, "any": GENEROUS},
        )
        served.thread(1, is_open=True)
        mine, theirs = multiprocessing.Pipe()
        listener = multiprocessing.get_context("spawn").Process(
            target=listen, args=(served.port, count, theirs)
        )
        listener.start()
        try:
            joined = mine.recv()
            health = served.get("health")
            stop, pages = threading.Event(), list[float]()
            prober = threading.Thread(target=probe_pages, args=(served.port, stop, pages))
            prober.start()
            used, started = processor_seconds(health["pid"]), time.monotonic()
            url = f"http://127.0.0.1:{served.port}/steady?topic=thread:1&rate={rate}&seconds={seconds}"
            urllib.request.urlopen(url, timeout=seconds * 20).close()
            used, wall = processor_seconds(health["pid"]) - used, time.monotonic() - started
            stop.set()
            prober.join()
            time.sleep(2)
            mine.send("stop")
            late, closed = mine.recv()
        finally:
            listener.join(5)
            listener.kill()
            served.stop()
    ms = sorted(value / 1000 for value in late)
    lost = int(rate * seconds) * count - len(ms)
    p99 = percentile(ms, 0.99)
    print(
        f"{fanout:6} {count:5} sockets  p50 {percentile(ms, 0.5):7.1f}  p99 {p99:7.1f}  max {percentile(ms, 1):7.1f} ms"
        f"  lost {lost}  closed {closed}  cpu {used / wall * 100:3.0f} %  threads {health['threads']}"
        f"  rss {health['rss'] / 1e6:.0f} MB  joined in {joined:.1f} s  page {percentile(sorted(pages), 0.99):.0f} ms"
        f"  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return p99


def promises(arguments: Sequence[str] = ()) -> list[Promise]:
    """Measure both ways for each number of sockets and print the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rate", type=float, default=20.0)
    options = parser.parse_args(arguments)
    found = []
    for count in options.sockets:
        direct = measure("direct", count, options.rate, options.seconds)
        stock = measure("stock", count, options.rate, options.seconds)
        print(f"       {count:5} sockets  stock takes {stock / direct:.1f} times as long (p99)", flush=True)
        found.append(Promise(f"live: news to {count} sockets, p99", direct, ALLOWED_MS))
    return found


if __name__ == "__main__":
    sys.exit(not all(promise.kept for promise in promises(sys.argv[1:])))
