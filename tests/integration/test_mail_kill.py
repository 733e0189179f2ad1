"""kill -9 of the worker between sending a mail and marking it as sent: at most one copy more, under the same
Message-ID, with a link that works until either is used, and none for a reader who was stopped meanwhile.

`make soak` does it a hundred times (tests/soak/mails.py).
"""

from __future__ import annotations

import random
from pathlib import Path

from cop.kernel.db import Database
from tests.build.mail_kills import MailKills
from tests.build.mailbox import mailbox
from tests.build.processes import Processes

KILLS = 5


def test_a_worker_killed_between_sending_and_marking_sends_at_most_once_more(
    db: Database, tmp_path: Path
) -> None:
    with mailbox() as box:
        settings = {"COP_SMTP_URL": box.url, "COP_MAIL_FROM": "cop@example.org"}
        processes = Processes(tmp_path / "var", db.url, **settings)
        try:
            kills = MailKills(db, processes, box)
            processes.start_worker()
            rng = random.Random(20261126)
            wrong = [each for number in range(KILLS) for each in kills.trial(rng, number)]
        finally:
            processes.stop()
    assert not wrong, "\n".join(wrong)
    assert kills.doubles, "no kill came before the mail was marked, so nothing was tried"
