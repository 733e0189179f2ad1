"""What the wheel must carry: setup.cfg names every package and every kind of file that the program needs."""

from __future__ import annotations

import configparser
import fnmatch
from pathlib import Path

import pytest

from cop import __version__
from tests.architecture.rules import PACKAGE, ROOT

# Folders that stand beside `cop` in a checkout and inside it in a wheel.
MAPPED = ("templates", "static", "migrations")
ALWAYS_OUT = ("__pycache__", ".DS_Store")


def setup() -> configparser.ConfigParser:
    """The project's setup.cfg."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def named_packages() -> set[str]:
    """The packages that setup.cfg names."""
    return set(setup()["options"]["packages"].split())


def packages_there_are() -> set[str]:
    """Every folder with an __init__.py below `cop`, and the mapped folders, by dotted name."""
    found = {path.parent.relative_to(ROOT) for path in PACKAGE.rglob("__init__.py")}
    return {".".join(path.parts) for path in found} | {f"cop.{name}" for name in MAPPED}


def files_to_carry() -> set[Path]:
    """Every file that is not Python, and the migrations, from the project's root."""
    found: set[Path] = set()
    for folder in ("cop", *MAPPED):
        for path in (ROOT / folder).rglob("*"):
            inside = path.relative_to(ROOT)
            if not path.is_file() or any(part in ALWAYS_OUT for part in inside.parts):
                continue
            if folder == "migrations" or path.suffix != ".py":
                found.add(inside)
    return found


def is_carried(path: Path, patterns: dict[str, list[str]]) -> bool:
    """Whether a pattern of the package that holds the file takes it along."""
    dotted = path if path.parts[0] == "cop" else Path("cop", *path.parts)
    for package, globs in patterns.items():
        folder = Path(*package.split("."))
        if not dotted.is_relative_to(folder):
            continue
        inside = dotted.relative_to(folder).as_posix()
        for glob in globs:
            if fnmatch.fnmatchcase(inside, glob.replace("**/*", "*")) and (
                "**" in glob or inside.count("/") == glob.count("/")
            ):
                return True
    return False


def package_data() -> dict[str, list[str]]:
    """Patterns of setup.cfg by package."""
    return {package: globs.split() for package, globs in setup()["options.package_data"].items()}


def test_every_package_is_named() -> None:
    assert named_packages() == packages_there_are()


def test_every_file_is_carried() -> None:
    patterns = package_data()
    forgotten = sorted(str(path) for path in files_to_carry() if not is_carried(path, patterns))
    assert not forgotten


@pytest.mark.parametrize("path", ["cop/demo/content/new.json", "templates/page.xml", "migrations/notes.rst"])
def test_a_forgotten_file_is_noticed(path: str) -> None:
    assert not is_carried(Path(path), package_data())


def test_the_command_the_version_and_the_entry_module() -> None:
    parsed = setup()
    assert parsed["options.entry_points"]["console_scripts"].split() == ["cop", "=", "cop.__main__:main"]
    assert parsed["metadata"]["version"] == __version__
    assert parsed["options"]["py_modules"] == "wsgi"
    assert (ROOT / "wsgi.py").is_file()
    assert (ROOT / parsed["metadata"]["license_files"]).is_file()


def test_mapped_folders_lead_to_where_they_are() -> None:
    mapping = dict(line.split(" = ") for line in setup()["options"]["package_dir"].strip().splitlines())
    assert mapping == {f"cop.{name}": name for name in MAPPED}
