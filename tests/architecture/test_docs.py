"""The documentation tells the truth: its commands exist, its links lead somewhere, nothing is left out."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from cop.cli import main as command_line
from cop.kernel.lifecycle import Lifecycle
from cop.library.lifecycle import LIFECYCLE as LIBRARY
from cop.settings import KNOWN
from cop.teams.lifecycle import LIFECYCLE as TEAMS
from tests.architecture import generated
from tests.architecture.generated import DOCS, OPENING, documents, filled, import_all_events, layers
from tests.architecture.rules import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
# Folders of whoever wrote it, and of nobody else.
MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home|Users)/\w|[A-Z]:\\")
# Read on a machine of its own, in whole sentences.
PLACES = {"a home folder": "see /home/ada/x", "a work folder": "in /" + "work/main", "a drive": r"C:\cop"}


def text_of(name: str) -> str:
    """A document by its path from the project's root."""
    return (ROOT / name).read_text(encoding="utf-8")


def shell_lines(name: str) -> list[str]:
    """Command lines in the shell blocks of a document, without remarks."""
    lines = []
    for fence in FENCE.finditer(text_of(name)):
        if fence["kind"] == "sh":
            lines += [line.split("  #")[0].strip() for line in fence["body"].splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_generated_parts_are_what_the_program_says(path: Path) -> None:
    import_all_events()
    text = path.read_text(encoding="utf-8")
    assert text == filled(text), "run: make docs"


def test_every_generated_part_stands_somewhere() -> None:
    named = {name for path in documents() for name in OPENING.findall(path.read_text(encoding="utf-8"))}
    assert named == set(generated.BLOCKS)


def test_a_stale_part_is_noticed() -> None:
    stale = "<!-- generated: settings -->\n| `COP_OLD` | gone |\n<!-- end: settings -->\n"
    assert "COP_OLD" not in filled(stale)
    assert all(name in filled(stale) for name in KNOWN)


def test_every_setting_event_and_command_is_described() -> None:
    import_all_events()
    operating, events = text_of("docs/operating.md"), text_of("docs/events.md")
    for name in KNOWN:
        assert f"| `{name}` |" in operating
    for name, _ in generated.commands():
        assert f"| `{name}` |" in operating
    types = [each for domain in generated.events_by_domain().values() for each in domain]
    assert len(types) > 20
    for event_type in types:
        (line,) = [line for line in events.splitlines() if line.startswith(f"| `{event_type.__name__}` |")]
        assert all(f"`{field.name}`" in line for field in dataclasses.fields(event_type))


def test_every_command_says_what_it_does() -> None:
    silent = [
        name for name, command in generated.commands() if not (command.help or "").strip().endswith(".")
    ]
    assert not silent


def test_every_setting_that_a_document_names_exists() -> None:
    for path in documents():
        named = set(re.findall(r"\bCOP_[A-Z_]+\b", path.read_text(encoding="utf-8")))
        assert named <= {*KNOWN, "COP_REAL_DATA"}, path.name


def test_every_package_stands_in_the_picture_of_layers() -> None:
    placed = {name for row in layers() for name in row}
    there = {path.name for path in (ROOT / "cop").iterdir() if (path / "__init__.py").exists()}
    there |= {path.stem for path in (ROOT / "cop").glob("*.py")} - {"__init__"}
    assert placed == there
    architecture = text_of("docs/ARCHITECTURE.md")
    assert all(f"`cop/{name}" in architecture for name in placed)


@pytest.mark.parametrize("lifecycle", [TEAMS, LIBRARY], ids=["teams", "library"])
def test_lifecycles_are_drawn_from_their_tables(lifecycle: Lifecycle) -> None:
    assert lifecycle.mermaid() in text_of("docs/ARCHITECTURE.md")
    for transition in lifecycle.transitions:
        assert f"--> {transition.to}: {transition.label}" in lifecycle.mermaid()


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    for address in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"https?://", address):
            continue
        name, _, anchor = address.partition("#")
        target = (path.parent / unquote(name)).resolve() if name else path
        assert target.exists(), f"{address} leads nowhere"
        assert target.is_relative_to(ROOT)
        if anchor:
            assert anchor in anchors(target), f"{address}: no such heading"


def anchors(path: Path) -> set[str]:
    """The anchors that headings of a document get."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_files_that_documents_name_exist() -> None:
    for path in documents():
        named = re.findall(
            r"`((?:cop|tests|static|templates|migrations|requirements)/[\w./-]+)`", path.read_text()
        )
        missing = [name for name in named if not (ROOT / name).exists()]
        assert not missing, path.name


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_document_names_places_of_one_machine(path: Path) -> None:
    assert not MACHINE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES)
def test_a_place_of_one_machine_is_noticed(text: str) -> None:
    assert MACHINE.search(text)


def test_decisions_are_numbered_and_whole() -> None:
    files = sorted((DOCS / "adr").glob("*.md"))
    for number, path in enumerate(files, start=1):
        text = path.read_text(encoding="utf-8")
        assert path.name.startswith(f"{number:04}-")
        assert text.startswith(f"# {number}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert text.count(part) == 1, path.name


def test_the_commands_of_make_exist() -> None:
    makefile = text_of("Makefile")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    for path in documents():
        code = re.findall(r"`(make [a-z][^`]*)`", path.read_text(encoding="utf-8"))
        lines = code + [
            line for line in shell_lines(path.relative_to(ROOT).as_posix()) if line.startswith("make ")
        ]
        for line in lines:
            assert line.split()[1] in targets, line
    explained = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in targets:
        assert re.search(rf"^  make {target}\s+\w", explained, re.MULTILINE), (
            f"make help says nothing of {target}"
        )


def test_the_two_commands_come_first() -> None:
    assert shell_lines("README.md")[:2] == ["make run", "make test"]


def resolves(line: str) -> bool:
    """Whether a line such as "cop search verify" names a command, a group or an option of the program."""
    command: click.Command = command_line
    for word in line.split()[1:]:
        if not isinstance(command, click.Group) or word.startswith("-"):
            return True
        found = command.commands.get(word)
        if found is None:
            return False
        command = found
    return True


def test_the_commands_of_cop_exist() -> None:
    for path in documents():
        code: list[str] = re.findall(r"`(cop [a-z-][^`]*)`", path.read_text(encoding="utf-8"))
        code += [line for line in shell_lines(path.relative_to(ROOT).as_posix()) if line.startswith("cop ")]
        missing = [line for line in code if not resolves(line)]
        assert not missing, path.name


@pytest.mark.parametrize("line", ["cop server", "cop search rebuilt", "cop users create-admin"])
def test_a_command_that_does_not_exist_is_noticed(line: str) -> None:
    assert not resolves(line)


def test_the_picture_in_the_readme_is_a_light_one() -> None:
    picture = (DOCS / "screenshot.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert 20_000 < len(picture) <= 150_000
