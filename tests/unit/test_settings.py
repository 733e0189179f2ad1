"""Settings: what is missing, mistyped or unsafe is refused in words that say which one and what to do."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import pytest

from cop.settings import KNOWN, Settings, SettingsError, is_loopback

SECRET = "only-this-test-uses-it-0123456789-abcdefghij"


def own(tmp_path: Path, **changes: str) -> dict[str, str]:
    """The least a server for others needs."""
    basis = {
        "COP_VAR": str(tmp_path),
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "https://cop.testshire.example",
    }
    return {**basis, **changes}


def test_the_demonstration_needs_nothing(tmp_path: Path) -> None:
    settings = Settings.from_env({"COP_DEMO": "1", "COP_VAR": str(tmp_path)})
    assert settings.demo
    assert settings.database_url == f"sqlite:///{tmp_path / 'cop.db'}"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.secure_cookies


def test_the_demonstration_makes_its_secret_once_and_keeps_it_to_itself(tmp_path: Path) -> None:
    env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path / "var")}
    first, second = Settings.from_env(env), Settings.from_env(env)
    assert first.secret == second.secret
    assert len(first.secret) >= 32
    assert stat.S_IMODE((tmp_path / "var" / "demo-secret").stat().st_mode) == 0o600
    other = Settings.from_env({**env, "COP_VAR": str(tmp_path / "other")})
    assert other.secret != first.secret


def test_a_server_for_others(tmp_path: Path) -> None:
    settings = Settings.from_env(own(tmp_path, HOST="0.0.0.0", PORT="8080"))
    assert settings.secure_cookies
    assert settings.trusted_hosts == ["cop.testshire.example"]
    assert settings.origins == ["https://cop.testshire.example"]
    assert not settings.demo


def test_settings_cannot_be_changed_and_do_not_show_the_secret(tmp_path: Path) -> None:
    settings = Settings.from_env(own(tmp_path))
    assert SECRET not in repr(settings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.demo = True  # type: ignore[misc]


WRONG = [
    ({"COP_SECRET": ""}, "COP_SECRET is missing"),
    ({"COP_SECRET": "x" * 31 + "y"}, "COP_SECRET must be at least 32 random characters"),
    ({"COP_SECRET": SECRET[:31]}, "COP_SECRET must be at least 32 random characters"),
    ({"COP_PUBLIC_URL": ""}, "COP_PUBLIC_URL is missing"),
    ({"COP_PUBLIC_URL": "cop.testshire.example"}, "must look like https://cop.example.org"),
    ({"COP_PUBLIC_URL": "https://cop.testshire.example/path"}, "must look like https://cop.example.org"),
    ({"COP_PUBLIC_URL": "ftp://cop.testshire.example"}, "must look like https://cop.example.org"),
    ({"COP_PUBLIC_URL": "http://cop.testshire.example"}, "must begin with https://"),
    ({"COP_DEMO": "1", "HOST": "0.0.0.0"}, "use 127.0.0.1"),
    ({"COP_DEMO": "1", "HOST": "::"}, "use 127.0.0.1"),
    ({"COP_DEMO": "1"}, "https://cop.testshire.example is elsewhere"),
    ({"COP_DEMO": "yes"}, "COP_DEMO must be one of 0, 1, not 'yes'"),
    ({"COP_MAX_SOCKETS": "many"}, "COP_MAX_SOCKETS must be a whole number from 1 to 5000, not 'many'"),
    ({"COP_MAX_SOCKETS": "0"}, "COP_MAX_SOCKETS must be a whole number"),
    ({"COP_MAX_UPLOAD_MB": "2001"}, "COP_MAX_UPLOAD_MB must be a whole number from 1 to 2000"),
    ({"COP_RATE_LIMIT": "-1"}, "COP_RATE_LIMIT must be a whole number"),
    ({"COP_SESSION_DAYS": "٣"}, "COP_SESSION_DAYS must be a whole number"),
    ({"COP_LOG_LEVEL": "loud"}, "COP_LOG_LEVEL must be one of"),
    ({"COP_LOG_FORMAT": "xml"}, "COP_LOG_FORMAT must be one of"),
    ({"COP_LIVE_FANOUT": "fast"}, "COP_LIVE_FANOUT must be one of direct, stock"),
    ({"PORT": "70000"}, "PORT must be a whole number from 1 to 65535"),
    ({"COP_BACKUP_KEY_FILE": "/nowhere/key"}, "COP_BACKUP_KEY_FILE must name a file that is there"),
    ({"COP_CLAMD": "127.0.0.1:3310"}, "COP_CLAMD must look like unix:///run"),
    ({"COP_CLAMD": "tcp://host:port"}, "COP_CLAMD must look like unix:///run"),
    ({"COP_CLAMD": "unix://relative"}, "COP_CLAMD must look like unix:///run"),
    ({"COP_CLAMD_DOWN": "ignore"}, "COP_CLAMD_DOWN must be one of refuse, wait"),
    ({"COP_UPLOAD_PERSON_MB": "-1"}, "COP_UPLOAD_PERSON_MB must be a whole number"),
    ({"COP_SECRETS": SECRET}, "Unknown setting COP_SECRETS. Known are: COP_VAR"),
]


@pytest.mark.parametrize(("changes", "sentence"), WRONG)
def test_it_refuses_in_plain_words(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(own(tmp_path, **changes))
    assert sentence in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_demonstrations_secret_is_refused_elsewhere(tmp_path: Path) -> None:
    demo = Settings.from_env({"COP_DEMO": "1", "COP_VAR": str(tmp_path)})
    with pytest.raises(SettingsError, match="is the demonstration's"):
        Settings.from_env(own(tmp_path, COP_SECRET=demo.secret))


def test_every_setting_is_read(tmp_path: Path) -> None:
    changes = {
        "COP_DATABASE_URL": "postgresql+psycopg://cop@db/cop",
        "COP_SITE_NAME": "Our place",
        "COP_CONTACT": "help@testshire.example",
        "COP_SMTP_URL": "smtp://mail.testshire.example",
        "COP_MAIL_FROM": "cop@testshire.example",
        "COP_TRUSTED_PROXIES": "2",
        "COP_MAX_UPLOAD_MB": "5",
        "COP_MAX_SOCKETS": "7",
        "COP_SESSION_IDLE_HOURS": "3",
        "COP_SESSION_DAYS": "4",
        "COP_RATE_LIMIT": "9",
        "COP_LIVE_FANOUT": "stock",
        "COP_LOG_FORMAT": "json",
        "COP_LOG_LEVEL": "error",
        "COP_BACKUP_KEY_FILE": __file__,
        "COP_UPLOAD_PERSON_MB": "10",
        "COP_UPLOAD_ORGANISATION_MB": "20",
        "COP_UPLOAD_SERVER_MB": "30",
        "COP_CLAMD": "tcp://127.0.0.1:3310",
        "COP_CLAMD_SECONDS": "5",
        "COP_CLAMD_DOWN": "wait",
    }
    named = {*changes, *own(tmp_path), "COP_DEMO"}
    assert named == set(KNOWN), "a new setting belongs in this test"
    for name, value in changes.items():
        needed = {"COP_MAIL_FROM": changes["COP_MAIL_FROM"]} if name == "COP_SMTP_URL" else {}
        without = Settings.from_env(own(tmp_path, **needed))
        assert Settings.from_env(own(tmp_path, **needed, **{name: value})) != without, (
            f"{name} changes nothing"
        )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.9.1"])
def test_addresses_of_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "cop.testshire.example", "", "127.0.0.1.nip.example"]
)
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback(host)


def test_origins_name_every_address_of_a_loopback_server(tmp_path: Path) -> None:
    settings = Settings.from_env({"COP_DEMO": "1", "COP_VAR": str(tmp_path), "PORT": "8123"})
    assert set(settings.origins) == {f"http://{name}:8123" for name in ("127.0.0.1", "localhost", "[::1]")}
    assert set(settings.trusted_hosts) >= {"127.0.0.1", "localhost", "[::1]"}
