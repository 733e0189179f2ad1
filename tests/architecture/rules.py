"""House rules that read the source: each takes a path and a text and returns what is wrong, in words.

They are plain functions, so that each can be shown to bite on a few lines that break it on purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cop"

MAX_FILE = 25_000
MAX_FUNCTION = 60
BANNED_NAMES = frozenset({"utils", "helpers", "common", "misc", "util", "helper"})
MODEL_READERS = frozenset(
    {
        "service",
        "queries",
        "policy",
        "lifecycle",
        "search",
        "notifications",
        "links",
        "outgoing",
        "joining",
        "domains",
        "bookkeeping",
        "models",
        "sessions",
        "throttle",
        "credentials",
        "second_step",
        "half_way",
        "kept_texts",
        "joining_needs",
        "memberships",
        "merging",
        "uniting",
        "answering",
        "board",
        "tallies",
        "quota",
        "unread",
        "marks",
        "hidden",
        "reports",
        "settling",
        "moving",
        "splitting",
        "markers",
        "following",
        "versions",
        "history",
        "comparisons",
        "hearing",
        "reviews",
        "rosters",
        "invitations",
        "guests",
        "requests",
        "hand_over",
        "places",
        "calling",
        "opening",
        "linked",
        "briefs",
        "pointing",
        "drafts",
        "endings",
        "reactions",
        "search_endings",
        "search_former",
        "loading",
        "timeline",
        "open_items",
        "decisions",
        "closing",
        "stances",
        "calendar_address",
        "needs",
        "attachments",
        "lineage",
        "of_organisations",
        "published",
    }
)
# Called here and nowhere else: the unsafe thing has one place, and a reason to be read there.
ONLY_IN = {
    "emit": ("cop/live/publish.py", "cop/live/engine.py"),
    "commit": ("cop/kernel/db.py", "cop/search/whoosh_writer.py"),
    "Markup": ("cop/kernel/markup.py",),
}
Rule = Callable[[str, str], list[str]]


def sources(folder: Path = PACKAGE) -> Iterator[tuple[str, str]]:
    """Every Python file below a folder: its path from the project's root, and its text."""
    for path in sorted(folder.rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def _calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr, node.lineno
            elif isinstance(node.func, ast.Name):
                yield node.func.id, node.lineno


def one_place(path: str, text: str) -> list[str]:
    """`emit(`, `commit(` and `Markup(` are called in one module each."""
    return [
        f"{path}:{line}: {name}( belongs in {ONLY_IN[name][0]}"
        for name, line in _calls(ast.parse(text))
        if name in ONLY_IN and path not in ONLY_IN[name]
    ]


def has_docstring(path: str, text: str) -> list[str]:
    """Each module opens by saying what it is for."""
    return (
        [] if ast.get_docstring(ast.parse(text)) else [f"{path}: no docstring says what this module is for"]
    )


def no_hidden_import(path: str, text: str) -> list[str]:
    """An import inside a function hides a circle."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    found.append(f"{path}:{inner.lineno}: an import hidden in {node.name}()")
    return found


def small(path: str, text: str) -> list[str]:
    """A file is about one thing, a function fits on a screen."""
    found = []
    if len(text.encode()) > MAX_FILE:
        found.append(
            f"{path}: {len(text.encode())} bytes, more than {MAX_FILE}: split it by what it is about"
        )
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines >= MAX_FUNCTION:
                found.append(f"{path}:{node.lineno}: {node.name}() has {lines} lines")
    return found


def well_named(path: str, text: str) -> list[str]:
    """A drawer called "misc" is where things go to be lost."""
    parts = set(Path(path).with_suffix("").parts)
    return [f"{path}: nothing is called {name}" for name in sorted(parts & BANNED_NAMES)]


def models_stay_home(path: str, text: str) -> list[str]:
    """Tables are read by their own domain's rules, never by a route and never by another domain."""
    found = []
    parts = Path(path).with_suffix("").parts
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        match = re.fullmatch(r"cop\.(\w+)\.(?:\w+_)?models", node.module)
        if match is None:
            continue
        same = len(parts) > 2 and parts[1] == match[1]
        if not same or parts[-1] not in MODEL_READERS:
            found.append(f"{path}:{node.lineno}: imports the tables of {match[1]}")
    return found


def actor_first(path: str, text: str) -> list[str]:
    """In service and queries every public function takes the actor first and names the rest."""
    if Path(path).name not in ("service.py", "queries.py"):
        return []
    found = []
    for node in ast.parse(text).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        names = [argument.arg for argument in node.args.args]
        if names != ["actor"]:
            found.append(
                f"{path}:{node.lineno}: {node.name}() must take the actor first, the rest by keyword"
            )
    return found


def no_print(path: str, text: str) -> list[str]:
    """Only commands speak to a terminal."""
    if Path(path).name in ("cli.py", "command.py"):
        return []
    return [f"{path}:{line}: print(" for name, line in _calls(ast.parse(text)) if name == "print"]


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        one_place,
        has_docstring,
        no_hidden_import,
        small,
        well_named,
        models_stay_home,
        actor_first,
        no_print,
    )
}
