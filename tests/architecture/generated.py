"""The parts of the documentation that are written by the program itself: `make docs` puts them in their places.

Each stands between two comments, `<!-- generated: name -->` and `<!-- end: name -->`; tests/architecture/test_docs.py
fails while one of them is not what the program says now.
"""

from __future__ import annotations

import configparser
import dataclasses
import importlib
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from cop import app as composition
from cop.cli import main as command_line
from cop.kernel.db import Database
from cop.kernel.events import Event, all_event_types, consumers_of
from cop.library.lifecycle import LIFECYCLE as LIBRARY
from cop.settings import KNOWN, Settings
from cop.teams.lifecycle import LIFECYCLE as TEAMS
from cop.threads.lifecycle import LIFECYCLE as THREADS
from tests.architecture.rules import ROOT

DOCS = ROOT / "docs"
OPENING = re.compile(r"^<!-- generated: (?P<name>[a-z-]+) -->$", re.MULTILINE)


def layers() -> list[list[str]]:
    """Packages of `cop` from top to bottom, as setup.cfg orders their imports; those beside each other share a row."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    rows = parser["importlinter:contract:domains"]["layers"].strip().splitlines()
    found = []
    for row in rows:
        names = [name.strip(" ()") for name in re.split("[|:]", row)]
        there = [name for name in names if exists(name)]
        if there:
            found.append(there)
    return found


def exists(name: str) -> bool:
    """Whether this layer is built yet."""
    return (ROOT / "cop" / name).is_dir() or (ROOT / "cop" / f"{name}.py").is_file()


def opening_words(name: str) -> str:
    """The first sentence of a module's docstring: what it is for."""
    path = ROOT / "cop" / name
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found = re.search(r'^"""(.*?)(?:"""|\n\n)', file.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"{file.name} opens with what it is for"
    return " ".join(found[1].split())


def packages_table() -> str:
    """Layers as a table, top to bottom."""
    lines = ["| Package | What it is for |", "| --- | --- |"]
    for row in layers():
        lines += [f"| `cop/{name}{suffix(name)}` | {cell(opening_words(name))} |" for name in row]
    return "\n".join(lines)


def suffix(name: str) -> str:
    """A package is a folder, anything else a file."""
    return "/" if (ROOT / "cop" / name).is_dir() else ".py"


def cell(text: str) -> str:
    """Text that cannot end a table's cell."""
    return text.replace("|", "\\|")


def diagram(mermaid: str) -> str:
    """A diagram as a fenced block."""
    return f"```mermaid\n{mermaid}\n```"


def settings_table() -> str:
    """Every setting with its meaning."""
    lines = ["| Setting | Meaning |", "| --- | --- |"]
    lines += [f"| `{name}` | {cell(meaning)} |" for name, meaning in KNOWN.items()]
    return "\n".join(lines)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its whole name; a group only when it does something by itself."""
    yield from _commands("cop", command_line)


def _commands(name: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        if command.invoke_without_command:
            yield name, command
        for word, inner in sorted(command.commands.items()):
            yield from _commands(f"{name} {word}", inner)
    else:
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        names = [each.human_readable_name for each in arguments if each.required]
        names += [f"[{each.human_readable_name}]" for each in arguments if not each.required]
        yield " ".join([name, *names]), command


def commands_table() -> str:
    """Every command with what it does and its options."""
    lines = ["| Command | What it does |", "| --- | --- |"]
    for name, command in commands():
        words = " ".join((command.help or "").split())
        told = [f"`{option.opts[0]}`: {option.help}" for option in _options(command) if option.help]
        lines.append(f"| `{name}` | {cell(' '.join([words, *told]))} |")
    return "\n".join(lines)


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option)]


def events_by_domain() -> dict[str, list[type[Event]]]:
    """The program's own event classes by the package that owns them (tests make some of their own)."""
    found: dict[str, list[type[Event]]] = {}
    for event_type in all_event_types().values():
        module = event_type.__module__
        if module.startswith("cop."):
            found.setdefault(module.split(".")[1], []).append(event_type)
    return dict(sorted(found.items()))


def listeners(event_type: type[Event]) -> list[str]:
    """Who is told: the worker's consumers, and the live edge when somebody may read less afterwards."""
    found = [f"worker: `{name}`" for name in consumers_of(event_type.__name__)]
    # By name: a dataclass with slots leaves its first self behind among the subclasses.
    if event_type.__name__ in {each.__name__ for each in composition.ACCESS_SHRINKS}:
        found.append("live edge: asks again who may listen")
    return found


def subscribe_everybody() -> None:
    """Wire the house as a server does, so that every consumer has subscribed."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env({"COP_DEMO": "1", "COP_VAR": folder})
        db = Database.open(settings.database_url)
        composition.build_worker(settings, db)
        db.dispose()


def events_table() -> str:
    """Every event: what it says, its fields, who listens."""
    subscribe_everybody()
    parts = []
    for domain, types in events_by_domain().items():
        lines = [
            f"### {domain}",
            "",
            "| Event | What happened | Facts | Who is told |",
            "| --- | --- | --- | --- |",
        ]
        for event_type in types:
            words = cell(" ".join((inspect.getdoc(event_type) or "").split()))
            facts = ", ".join(
                f"`{field.name}` {cell(str(field.type))}" for field in dataclasses.fields(event_type)
            )
            told = "; ".join(listeners(event_type)) or "the log only"
            lines.append(f"| `{event_type.__name__}` | {words} | {facts} | {told} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


BLOCKS: dict[str, Callable[[], str]] = {
    "packages": packages_table,
    "life-of-a-team": lambda: diagram(TEAMS.mermaid()),
    "life-of-a-thread": lambda: diagram(THREADS.mermaid()),
    "life-of-an-asset": lambda: diagram(LIBRARY.mermaid()),
    "settings": settings_table,
    "commands": commands_table,
    "events": events_table,
}


def filled(text: str) -> str:
    """A document with its generated parts as they should be now."""
    for name in OPENING.findall(text):
        opening, ending = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        head, _, rest = text.partition(opening)
        _, found, tail = rest.partition(ending)
        assert found, f"{opening} has no end"
        text = f"{head}{opening}\n{BLOCKS[name]()}\n{ending}{tail}"
    return text


def documents() -> list[Path]:
    """The README and everything under docs/."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def import_all_events() -> None:
    """Load the events of every domain, wired or not."""
    for path in (ROOT / "cop").glob("*/events.py"):
        importlib.import_module(f"cop.{path.parent.name}.events")


def write() -> None:
    """Put every generated part in its place."""
    import_all_events()
    for path in documents():
        text = path.read_text(encoding="utf-8")
        path.write_text(filled(text), encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.exit(0)
