"""`cop doctor`: each thing that can be wrong is found, said in plain words, and comes with what to do."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from cop.app import build_worker, create_app, open_finder
from cop.cli import main
from cop.files.store import FileStore
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.migrate import migrate, revisions
from cop.operations import backup, doctor
from cop.operations.doctor import Patient, examine
from cop.settings import Settings
from cop.worker import HEARTBEAT
from tests.build.community import Community
from tests.build.library import Library
from tests.build.teams import Teams


@pytest.fixture
def patient(db: Database, make_settings: Callable[[str], Settings]) -> Patient:
    """A healthy server that a team uses: the worker has just been there, a backup was made."""
    settings = dataclasses.replace(make_settings(db.url), demo=True)
    app = create_app(settings, db)
    lead = Community(db).person()
    Teams(db).thread(lead, Teams(db).team(lead))
    Library(app, db).published(lead)
    (settings.var / HEARTBEAT).touch()
    made = {"at": datetime.now(UTC).isoformat(), "path": "/backup/one", "size": 1}
    (settings.var / backup.NOTE).write_text(json.dumps(made))
    worker = build_worker(settings, db)
    worker.drain()
    return Patient(settings, db, FileStore(settings.var / "files"), open_finder(settings))


def wrong(patient: Patient) -> list[str]:
    """What is wrong, each with what to do."""
    found = list(examine(patient))
    assert all(bool(each.mend) == (each.level != "well") for each in found), (
        "nothing is wrong without a remedy"
    )
    return [f"{each.what} {each.mend}" for each in found if each.level == "wrong"]


def looks(patient: Patient) -> list[str]:
    """What should be looked at."""
    return [each.what for each in examine(patient) if each.level == "look"]


def test_a_healthy_server_is_well(patient: Patient) -> None:
    assert wrong(patient) == []
    assert len(list(examine(patient))) >= 10
    quick = dataclasses.replace(patient, thorough=False)
    assert len(list(examine(quick))) < len(list(examine(patient)))


def _only(found: list[str], words: str) -> None:
    assert len(found) == 1, found
    assert words in found[0]


def test_a_worker_that_is_gone(patient: Patient) -> None:
    beat = patient.settings.var / HEARTBEAT
    os.utime(beat, (time.time() - 600,) * 2)
    _only(wrong(patient), "cop worker")
    beat.unlink()
    _only(wrong(patient), "has never run here")


def test_deliveries_that_are_late_or_given_up(patient: Patient) -> None:
    with patient.db.transaction(write=True) as tx:
        event = tx.rows(text("SELECT max(id) FROM event")).scalar_one()
        tx.rows(
            text(
                "INSERT INTO delivery (event_id, consumer, not_before, attempts, parked) "
                "VALUES (:event, 'search', :then, 8, :parked)"
            ),
            [
                {
                    "event": event,
                    "then": (tx.now() - timedelta(hours=1)).replace(tzinfo=None),
                    "parked": parked,
                }
                for parked in (True, False)
            ],
        )
    found = wrong(patient)
    assert len(found) == 2
    assert "gave up on deliveries: 1 for search" in found[0]
    assert "cop outbox retry" in found[0]
    assert "1 deliveries are late" in found[1]


def test_a_file_that_is_missing_and_one_that_belongs_to_nobody(patient: Patient) -> None:
    (kept,) = patient.store.kept(-10.0)
    patient.store.remove(kept)
    spooled = patient.store.spool(io.BytesIO(b"of nobody"), 100)
    patient.store.keep(spooled)
    place = patient.settings.var / "files" / spooled.sha256[:2] / spooled.sha256[2:4] / spooled.sha256
    os.utime(place, (time.time() - 10 * 86400,) * 2)
    _only(wrong(patient), f"1 of 1 files are missing: {kept}")
    assert "1 files belong to nobody." in looks(patient)


def test_an_index_that_is_behind(patient: Patient) -> None:
    with patient.db.transaction(write=True) as tx:
        tx.rows(text("UPDATE asset SET title = 'Changed behind everybody''s back'"))
    assert any("behind by 1 of" in each for each in looks(patient))


def test_a_chain_that_breaks(patient: Patient) -> None:
    with patient.db.transaction(write=True) as tx:
        event = tx.rows(text("SELECT min(id) FROM event")).scalar_one()
        tx.rows(
            text("INSERT INTO event_link (position, event_id, digest) VALUES (1, :event, :digest)"),
            {"event": event, "digest": "0" * 64},
        )
    _only(wrong(patient), f"breaks at event {event}")


def test_clocks_that_differ_or_went_back(patient: Patient) -> None:
    with shifted_for_tests_only(3600):
        _only(wrong(patient), "differ by 3600 seconds")
        Teams(patient.db).team(Community(patient.db).person(email="late@testshire.example"))
    _only(wrong(patient), "in the future")


def test_backups_that_are_old_or_were_never_made(patient: Patient) -> None:
    real = dataclasses.replace(
        patient, settings=dataclasses.replace(patient.settings, demo=False, smtp_url="smtp://127.0.0.1:1")
    )
    _only(wrong(real), "The mail server does not take us in")
    note = patient.settings.var / backup.NOTE
    note.write_text(json.dumps({"at": (datetime.now(UTC) - timedelta(days=3)).isoformat(), "path": "x"}))
    assert any("72 hours old" in each for each in wrong(real))
    assert "Backups are not encrypted." in looks(real)
    note.write_text("nonsense")
    assert any("No backup was ever made" in each for each in wrong(real))


def test_permissions_and_disk(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.settings.var.chmod(0o777)
    _only(wrong(patient), "chmod o-rwx")
    patient.settings.var.chmod(0o750)
    monkeypatch.setattr(doctor, "LEAST_FREE", 10**15)
    found = wrong(patient)
    assert len(found) == 2
    assert all("MB are free" in each for each in found)


def test_a_database_that_is_away_or_at_another_version(
    patient: Patient, db: Database, make_settings: Callable[[str], Settings]
) -> None:
    migrate(db.url, revisions()[-2])
    _only(wrong(patient), "Run: cop migrate")
    migrate(db.url)
    nowhere = Database.open("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    found = list(examine(dataclasses.replace(patient, db=nowhere)))
    nowhere.dispose()
    assert found[0].level == "wrong"
    assert "does not answer" in found[0].what
    assert len(found) > 4, "what needs no database is looked at all the same"


def test_the_command_says_it_and_ends_with_a_status(patient: Patient) -> None:
    env = {
        "COP_DEMO": "1",
        "COP_VAR": str(patient.settings.var),
        "COP_DATABASE_URL": patient.settings.database_url,
    }
    said = CliRunner(env=env).invoke(main, ["doctor"])
    assert said.exit_code == 0, said.output
    (patient.settings.var / HEARTBEAT).unlink()
    said = CliRunner(env=env).invoke(main, ["doctor", "--quick"])
    assert said.exit_code == 1
    assert "→ Start the server (cop serve)" in said.output
    assert "1 thing is wrong." in said.output
    said = CliRunner(env={**env, "COP_PORT": "1"}).invoke(main, ["doctor"])
    assert "Unknown setting COP_PORT" in said.output
    real = {"COP_DEMO": "0", "COP_SECRET": patient.settings.secret, "COP_PUBLIC_URL": "http://localhost"}
    said = CliRunner(env={**env, **real, "COP_VAR": "/nowhere/at/all"}).invoke(main, ["doctor"])
    assert said.exit_code == 1
    assert "There is no folder" in said.output
