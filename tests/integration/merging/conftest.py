"""Somebody with two accounts, and the admin who makes them one."""

from __future__ import annotations

import pytest
from flask import Flask

from cop.kernel.access import Actor
from tests.build.community import Community


@pytest.fixture(autouse=True)
def wired(app: Flask) -> None:
    """Domains above carry their rows over wherever there are pages."""


@pytest.fixture
def admin(community: Community) -> Actor:
    """The platform admin."""
    return community.person("Pat Admin", kind="central", roles=("platform_admin",))


@pytest.fixture
def ann(community: Community) -> Actor:
    """Somebody with two accounts: the one that stays."""
    return community.person("Ann Other", email="ann@testshire.example")


@pytest.fixture
def old(community: Community) -> Actor:
    """The other one."""
    return community.person("A. Other", email="old@elsewhere.example", kind="consortium")
