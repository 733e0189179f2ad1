"""What a socket tells: nobody joins what they may not read, and no frame carries a word that somebody wrote."""

from __future__ import annotations

import json
import time

import pytest
import websocket

from cop.web.actor import COOKIE
from tests.browser.conftest import PersonPage, Site
from tests.build.world import ACTORS, MODES

pytestmark = pytest.mark.browser

OFFICERS = {"officer", "member", "lead", "facilitator", "board", "librarian", "organisation_admin", "admin"}
ON_TEAM = {"guest", "member", "lead", "facilitator"}
MAY_JOIN = {"open": set(ACTORS), "network": OFFICERS | ON_TEAM, "private": ON_TEAM}
TOPICS_TRIED = ("thread:{}", "team:{}", "thread:{}0", "post:{}", "thread: {}", "THREAD:{}")


class Wire:
    """A socket spoken by hand; keeps every frame it is sent."""

    def __init__(self, site: Site, name: str) -> None:
        self.frames: list[str] = []
        token = None if name == "anonymous" else f"{COOKIE}={site.world.fresh_session(name)}"
        self.socket = websocket.create_connection(
            f"ws://{site.address.removeprefix('http://')}/socket.io/?EIO=4&transport=websocket",
            timeout=5,
            origin=site.address,
            cookie=token,
        )
        self._next()
        self.socket.send("40")
        self._next()

    def _next(self) -> str:
        frame = str(self.socket.recv())
        self.frames.append(frame)
        return frame

    def join(self, topic: str) -> bool:
        """Ask to hear of a topic; whether the server agreed."""
        self.socket.send("427" + json.dumps(["join", {"topic": topic, "protocol": 1}]))
        while not (frame := self._next()).startswith("437"):
            pass
        return bool(json.loads(frame[3:])[0]["ok"])

    def listen(self, seconds: float) -> None:
        """Keep what comes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self._next()
            except websocket.WebSocketTimeoutException:
                return

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


def test_each_joins_what_they_may_read_and_hears_no_words(site: Site, person_page: PersonPage) -> None:
    wires = {name: Wire(site, name) for name in ACTORS}
    joined: dict[str, dict[str, bool]] = {}
    for name, wire in wires.items():
        joined[name] = {mode: wire.join(f"thread:{site.world.places[mode].thread}") for mode in MODES}
        for shape in TOPICS_TRIED[1:]:
            wire.join(shape.format(site.world.places["private"].thread))
    expected = {name: {mode: name in MAY_JOIN[mode] for mode in MODES} for name in ACTORS}
    assert joined == expected
    writer = person_page("lead")
    for mode in MODES:
        page = writer.go(f"/threads/{site.world.places[mode].thread}")
        page.get_by_role("textbox", name="Your reply").fill(f"canarybroadcast{mode}words")
        page.get_by_role("button", name="Post reply").click()
        page.get_by_text(f"canarybroadcast{mode}words").wait_for()
    for wire in wires.values():
        wire.listen(0.3)
        wire.close()
    for name, wire in wires.items():
        heard = "\n".join(wire.frames)
        assert "canary" not in heard.lower(), f"{name} was sent words: {heard}"
        assert "given" not in heard.lower(), f"{name} was sent a name: {heard}"
        for mode in MODES:
            topic = f'"thread:{site.world.places[mode].thread}"'
            news = [frame for frame in wire.frames if frame.startswith('42["news"') and topic in frame]
            assert bool(news) == expected[name][mode], f"{name}, {mode}: {news}"
