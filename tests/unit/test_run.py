"""`make test` says in one line what cannot run, and with CI=true that is a failure, real files excepted."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests import run


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would run, on a machine that has everything."""
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "browser", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(run, "install_browser", lambda: None)
    monkeypatch.setattr(run, "postgresql_starts", lambda: True)
    monkeypatch.setattr(run, "_status", lambda command, told=None: commands.append(list(command)) or 0)
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv(run.WITHOUT_POSTGRESQL, raising=False)
    monkeypatch.delenv("COP_REAL_DATA", raising=False)
    return commands


def test_real_files_are_missed_without_failing(
    ran: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([]) == 0
    assert "Cannot run here: real files (COP_REAL_DATA is not set)." in capsys.readouterr().out
    assert any("tests/browser" in command for command in ran)


def test_a_machine_that_has_everything_says_so(
    ran: list[list[str]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COP_REAL_DATA", str(tmp_path))
    assert run.main([]) == 0
    assert "Cannot run here: nothing, everything runs." in capsys.readouterr().out


@pytest.mark.parametrize(("part", "gone"), [("browser", None), ("postgresql_starts", False)])
def test_a_missing_part_fails_in_ci_and_is_left_out_elsewhere(
    ran: list[list[str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    gone: object,
) -> None:
    monkeypatch.setattr(run, part, lambda: gone)
    assert run.main([]) == 1
    assert ran == []
    monkeypatch.setenv("CI", "")
    assert run.main([]) == 0
    said = capsys.readouterr().out
    assert (run.NO_BROWSER if part == "browser" else run.NO_POSTGRESQL) in said
    assert any("tests/browser" in command for command in ran) is (part != "browser")


def test_the_tests_are_told_to_do_without_postgresql_and_nobody_else_is(
    ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told_to = {}

    def note(command: Sequence[str], told: Mapping[str, str] | None = None) -> int:
        told_to[command[-1]] = told
        return 0

    monkeypatch.setattr(run, "_status", note)
    monkeypatch.setattr(run, "postgresql_starts", lambda: False)
    monkeypatch.setenv("CI", "")
    assert run.main([]) == 0
    for last in ("tests/integration", "tests/live", "tests/browser"):
        assert told_to[last] == {run.WITHOUT_POSTGRESQL: "1"}
    assert run.WITHOUT_POSTGRESQL not in os.environ


def test_one_red_part_makes_the_whole_red(ran: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_status", lambda command, told=None: int("tests/live" in command))
    assert run.main([]) == 1


def test_postgresql_that_cannot_start_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run.postgresql_starts()
    # A folder whose name is too long for a socket: the server of the package does not come up in it.
    deep = tmp_path / ("deep" * 30)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    assert not run.postgresql_starts()
