"""The house rules hold everywhere, and each of them bites."""

from __future__ import annotations

import pytest

from tests.architecture.rules import MAX_FILE, ROOT, RULES, sources

BREAKS = {
    "one_place": ("cop/ideas/service.py", "def f(tx):\n    tx.session.commit()\n"),
    "has_docstring": ("cop/ideas/service.py", "x = 1\n"),
    "no_hidden_import": ("cop/ideas/service.py", "def f():\n    import os\n    return os\n"),
    "small": ("cop/ideas/service.py", "x = '" + "a" * MAX_FILE + "'\n"),
    "well_named": ("cop/ideas/utils.py", ""),
    "models_stay_home": ("cop/ideas/routes.py", "from cop.ideas.models import IdeaRow\n"),
    "actor_first": ("cop/ideas/service.py", "def vote(tx, actor): ...\n"),
    "no_print": ("cop/ideas/service.py", "print('here')\n"),
}
MORE_BREAKS = [
    ("one_place", "cop/ideas/sockets.py", "emit('x')\n"),
    ("one_place", "cop/ideas/routes.py", "Markup('<b>')\n"),
    ("small", "cop/ideas/service.py", "def long():\n" + "    x = 1\n" * 60),
    ("models_stay_home", "cop/ideas/service.py", "from cop.teams.models import TeamRow\n"),
    ("actor_first", "cop/ideas/queries.py", "def ideas(actor, tx, team_id): ...\n"),
]


@pytest.mark.parametrize("name", RULES)
def test_the_rule_holds_everywhere(name: str) -> None:
    found = [wrong for path, text in sources() for wrong in RULES[name](path, text)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", ["has_docstring", "well_named", "small"])
def test_the_rule_holds_for_the_tests_too(name: str) -> None:
    # What lies in tests/data are tables, which are as long as they are.
    files = [(path, text) for path, text in sources(ROOT / "tests") if not path.startswith("tests/data/")]
    found = [wrong for path, text in files for wrong in RULES[name](path, text)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(("name", "path", "text"), [(n, *case) for n, case in BREAKS.items()] + MORE_BREAKS)
def test_the_rule_bites(name: str, path: str, text: str) -> None:
    assert RULES[name](path, text)


def test_every_rule_is_shown_to_bite() -> None:
    assert set(BREAKS) == set(RULES)
