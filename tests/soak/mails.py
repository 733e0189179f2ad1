"""The worker is killed a hundred times, half on each database, between sending a mail and marking it as sent."""

from __future__ import annotations

import random

from tests.bench.promise import Promise
from tests.build.mail_kills import MailKills
from tests.build.mailbox import mailbox
from tests.build.processes import Processes
from tests.soak.place import place

KILLS = 50


def soak(kind: str, seconds: float, rng: random.Random) -> list[Promise]:
    """Kill so often, whatever the time."""
    with place(kind, people=1) as here, mailbox() as box:
        settings = {"COP_SMTP_URL": box.url, "COP_MAIL_FROM": "cop@example.org"}
        var = here.processes.settings.var / "mails"
        processes = Processes(var, here.db.url, **settings)
        try:
            kills = MailKills(here.db, processes, box)
            processes.start_worker()
            wrong = [each for number in range(KILLS) for each in kills.trial(rng, number)]
        finally:
            processes.stop()
        print(
            f"mails, {kind}: {KILLS} kills between sending and marking, {kills.doubles} sent twice",
            flush=True,
        )
        for each in wrong[:10]:
            print(f"    {each[:1000]}")
        return [Promise(f"{kind}: things wrong with mails after {KILLS} kills", len(wrong), 0, "things")]
