"""Servers for the tests of the live edge: one with ordinary limits for a module, or one made to measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.live.support import Client, Raw, Served

GENEROUS = {"join": [1000, 1000], "op": [1000, 1000], "any": [1000, 1000]}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with ordinary limits, short intervals, two people and three threads."""
    server = Served(tmp_path_factory.mktemp("live"), beacon=0.5, sweep=0.2, rates=GENEROUS)
    furnish(server)
    yield server
    server.stop()


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Served]]:
    """Start a server with limits of one's own."""
    started: list[Served] = []

    def start(**options: Any) -> Served:
        started.append(Served(tmp_path_factory.mktemp("live"), **options))
        furnish(started[-1])
        return started[-1]

    yield start
    for server in started:
        server.stop()


def furnish(server: Served) -> None:
    """Two people with the tokens "ann" and "bob"; thread 1 is open, 2 is Ann's and 3 is for both."""
    server.sign_in(1, "ann")
    server.sign_in(2, "bob")
    server.thread(1, is_open=True)
    server.thread(2, is_open=False, people=(1,))
    server.thread(3, is_open=False, people=(1, 2))


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Make Socket.IO clients that are closed at the end."""
    made: list[Client] = []

    def make(server: Served, token: str = "") -> Client:
        made.append(Client(server, token))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def raw() -> Iterator[Callable[..., Raw]]:
    """Make raw clients that are closed at the end."""
    made: list[Raw] = []

    def make(server: Served, token: str = "", **options: Any) -> Raw:
        made.append(Raw(server, token, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()
