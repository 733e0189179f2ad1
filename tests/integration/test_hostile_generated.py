"""Two thousand generated requests over all routes, as every actor: no 500, none over a second, no leak, no way out.

`COP_HOSTILE_SEED=7` makes the same again; `make soak` sends a hundred thousand (tests/soak/attack.py).
"""

from __future__ import annotations

import os
import random

import pytest

from tests.build.hostility import Generator, Hostile, Target
from tests.build.stage import Stage
from tests.integration.hostile_run import attack, send, targets

COUNT = 1_000
"""On each kind of database."""
SEED = int(os.environ.get("COP_HOSTILE_SEED") or (1 if os.environ.get("CI") else random.randrange(10**6)))


# Werkzeug lets go of a file whose end never came without closing it.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
def test_hostile_requests_are_answered_in_words_and_in_time(stage: Stage) -> None:
    outcome = attack(stage, SEED, range(COUNT))
    print(f"seed {SEED}: {outcome.line()}")
    assert not outcome.wrong, f"COP_HOSTILE_SEED={SEED}\n" + "\n".join(outcome.wrong[:20])
    assert outcome.statuses.total() == COUNT
    reached = {status for status, count in outcome.statuses.items() if count >= COUNT // 200}
    assert {200, 303, 404, 422} <= reached, f"too tame or too wild to mean anything: {outcome.line()}"


def test_a_request_can_be_made_again_from_its_seed_and_number() -> None:
    target = Target("POST", "/threads/{thread}", {"thread": 3}, lambda actor: {"body": "Words"})
    first, again = (
        Generator(7, [target], ["officer"], lambda actor: "token", ("old",)).make(number) for number in (5, 5)
    )
    assert first == again
    several = {
        Generator(7, [target], ["officer"], lambda actor: "token").make(number).words()
        for number in range(50)
    }
    assert len(several) > 40


def test_every_route_is_attacked(stage: Stage) -> None:
    generator = Generator(SEED, targets(stage), ["officer"], lambda actor: "token")
    asked = {(target.method, target.address) for target in targets(stage)}
    assert len(asked) > 100
    assert {generator.make(number).method for number in range(400)} >= {"GET", "POST", "HEAD"}


def test_a_fault_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object, **more: object) -> str:
        raise ZeroDivisionError

    rule = next(rule for rule in stage.app.url_map.iter_rules() if rule.rule == "/teams")
    monkeypatch.setitem(stage.app.view_functions, rule.endpoint, broken)
    assert send(stage.app, Hostile(0, "anonymous", "GET", "/teams"), "").status == 500
