"""Settings: read once from the environment, frozen, and refused in plain words when they make no sense.

Every setting begins with COP_ (HOST and PORT excepted). An unknown COP_ name refuses to start, because a mistyped
setting that is silently ignored is found out on the worst day.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit


class SettingsError(Exception):
    """The settings do not allow a start; the message says which one and what to do."""


KNOWN: dict[str, str] = {
    "COP_VAR": "Folder for the embedded database, uploads and search index. Default: var",
    "COP_DATABASE_URL": "sqlite:///path or postgresql+psycopg://user:password@host/name. Default: SQLite in COP_VAR",
    "COP_SECRET": "Secret for cookies and second steps, at least 32 characters. Required outside the demo",
    "COP_DEMO": "1 runs the demonstration community, on a loopback address only. Default: 0",
    "COP_PUBLIC_URL": "Address people use, for example https://cop.example.org. Required outside the demo",
    "COP_SITE_NAME": "Name shown in the header and in titles. Default: CoP",
    "COP_CONTACT": "E-mail address for questions, complaints and accessibility, shown on the contact page. Default: none",  # noqa: E501
    "COP_SMTP_URL": "Mail server: smtp://user:password@host:587 (TLS is begun) or smtps://… (TLS from the start). Required outside the demo",  # noqa: E501
    "COP_MAIL_FROM": "Address that mail is sent from, for example cop@example.org. Required with COP_SMTP_URL",
    "COP_TRUSTED_PROXIES": "How many reverse proxies stand in front (X-Forwarded-For is read from them). Default: 0",
    "COP_MAX_UPLOAD_MB": "Largest upload, in megabytes. Default: 110",
    "COP_UPLOAD_PERSON_MB": "Megabytes one person may upload in 24 hours; 0 for no limit. Default: 1000",
    "COP_UPLOAD_ORGANISATION_MB": "Megabytes the people of one organisation may store altogether; 0 for no limit. Default: 0",  # noqa: E501
    "COP_UPLOAD_SERVER_MB": "Megabytes all uploads together may have; 0 for no limit. Default: 0",
    "COP_CLAMD": "Malware scanner that looks at uploads first: unix:///run/clamav/clamd.ctl or tcp://host:3310. Default: none",  # noqa: E501
    "COP_CLAMD_SECONDS": "How long the scanner may take for one file. Default: 60",
    "COP_CLAMD_DOWN": "While the scanner is down: refuse uploads, or let them wait (kept, opened for nobody until scanned). Default: refuse",  # noqa: E501
    "COP_MAX_SOCKETS": "Largest number of open sockets; threads are this plus 32. Default: 200",
    "COP_SESSION_IDLE_HOURS": "A session ends after so many hours without use. Default: 12",
    "COP_SESSION_DAYS": "A session ends after so many days in any case. Default: 14",
    "COP_RATE_LIMIT": "Requests that change something, per person and minute. Default: 120",
    "COP_LIVE_FANOUT": "direct writes frames to idle sockets itself, stock leaves it to the library. Default: direct",
    "COP_BACKUP_KEY_FILE": "File with the key that cop backup encrypts with. Default: none, backups are not encrypted",
    "COP_LOG_LEVEL": "debug, info, warning or error; debug also says what errors said, which may quote people. Default: info",  # noqa: E501
    "COP_LOG_FORMAT": "text for people, or json: one object a line, and a line for each request. Default: text",
}
SECRET_NAMES = frozenset({"COP_SECRET", "COP_DATABASE_URL", "COP_SMTP_URL"})
"""Their values are never shown, and are in no backup that is not encrypted."""
IGNORED = frozenset({"COP_REAL_DATA"})
SECRET_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one server. Paths are absolute, sizes are bytes, times are seconds."""

    var: Path
    database_url: str
    secret: str = field(repr=False)
    demo: bool
    host: str
    port: int
    public_url: str
    site_name: str = "CoP"
    contact: str = ""
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    trusted_proxies: int = 0
    max_upload: int = 110_000_000
    max_sockets: int = 200
    session_idle: int = 12 * 3600
    session_absolute: int = 14 * 86400
    rate_limit: int = 120
    live_fanout: str = "direct"
    log_level: str = "info"
    log_format: str = "text"
    backup_key_file: Path | None = None
    upload_person: int = 1_000_000_000
    upload_organisation: int = 0
    upload_server: int = 0
    clamd: str = ""
    clamd_seconds: int = 60
    clamd_down: str = "refuse"

    @property
    def max_upload_body(self) -> int:
        """Bytes a form with an upload may have: twice the largest file.

        So one that is somewhat too large is told so beside its field, with everything typed kept, and not by a page
        that has lost it all.
        """
        return 2 * self.max_upload

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over HTTPS only, when that is how people come."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address: the only origin a socket may come from."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def origins(self) -> list[str]:
        """Origins a socket may come from: the public one and, on a loopback address, that address's other names."""
        if not self.loopback:
            return [self.origin]
        names = ("127.0.0.1", "localhost", "[::1]")
        return list(dict.fromkeys([self.origin, *(f"http://{name}:{self.port}" for name in names)]))

    @property
    def trusted_hosts(self) -> list[str]:
        """Host names requests may be addressed to; in the demo the loopback names as well."""
        hosts = [urlsplit(self.public_url).hostname or ""]
        return [*hosts, "localhost", "127.0.0.1", "[::1]"] if self.loopback else hosts

    @property
    def loopback(self) -> bool:
        """True when only this machine can reach the server."""
        return is_loopback(self.host)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read and check everything, or raise `SettingsError` with a sentence for the operator."""
        env = os.environ if environ is None else environ
        unknown = sorted(name for name in env if name.startswith("COP_") and name not in {*KNOWN, *IGNORED})
        if unknown:
            raise SettingsError(f"Unknown setting {', '.join(unknown)}. Known are: {', '.join(KNOWN)}.")
        demo = _choice(env, "COP_DEMO", ("0", "1"), "0") == "1"
        var = Path(env.get("COP_VAR") or "var").resolve()
        host = env.get("HOST") or "127.0.0.1"
        port = _number(env, "PORT", 8000, 1, 65535)
        if demo and not is_loopback(host):
            raise SettingsError(
                f"The demonstration has well-known passwords, so it only serves this machine: HOST is {host}, "
                "use 127.0.0.1, or set COP_DEMO=0 with a COP_SECRET and a COP_PUBLIC_URL of your own."
            )
        smtp_url, mail_from = _mail(env)
        return cls(
            var=var,
            database_url=env.get("COP_DATABASE_URL") or f"sqlite:///{var / 'cop.db'}",
            secret=_secret(env, var, demo=demo),
            demo=demo,
            host=host,
            port=port,
            public_url=_public_url(env, host, port, demo=demo),
            site_name=env.get("COP_SITE_NAME") or "CoP",
            contact=_address(env, "COP_CONTACT"),
            smtp_url=smtp_url,
            mail_from=mail_from or "cop@demo.example",
            trusted_proxies=_number(env, "COP_TRUSTED_PROXIES", 0, 0, 5),
            max_upload=_number(env, "COP_MAX_UPLOAD_MB", 110, 1, 2000) * 1_000_000,
            max_sockets=_number(env, "COP_MAX_SOCKETS", 200, 1, 5000),
            session_idle=_number(env, "COP_SESSION_IDLE_HOURS", 12, 1, 24 * 30) * 3600,
            session_absolute=_number(env, "COP_SESSION_DAYS", 14, 1, 90) * 86400,
            rate_limit=_number(env, "COP_RATE_LIMIT", 120, 1, 1_000_000),
            live_fanout=_choice(env, "COP_LIVE_FANOUT", ("direct", "stock"), "direct"),
            log_format=_choice(env, "COP_LOG_FORMAT", ("text", "json"), "text"),
            log_level=_choice(env, "COP_LOG_LEVEL", ("debug", "info", "warning", "error"), "info"),
            backup_key_file=_file(env, "COP_BACKUP_KEY_FILE"),
            upload_person=_number(env, "COP_UPLOAD_PERSON_MB", 1000, 0, 10_000_000) * 1_000_000,
            upload_organisation=_number(env, "COP_UPLOAD_ORGANISATION_MB", 0, 0, 100_000_000) * 1_000_000,
            upload_server=_number(env, "COP_UPLOAD_SERVER_MB", 0, 0, 100_000_000) * 1_000_000,
            clamd=_clamd(env),
            clamd_seconds=_number(env, "COP_CLAMD_SECONDS", 60, 1, 600),
            clamd_down=_choice(env, "COP_CLAMD_DOWN", ("refuse", "wait"), "refuse"),
        )


def _address(env: Mapping[str, str], name: str) -> str:
    given = (env.get(name) or "").strip()
    if given and not re.fullmatch(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+", given):
        raise SettingsError(f"{name} must be an email address, not {given!r}.")
    return given


def _mail(env: Mapping[str, str]) -> tuple[str, str]:
    """Mail server and sender. The address holds a password, so no message repeats it."""
    url, sender = (env.get("COP_SMTP_URL") or "").strip(), _address(env, "COP_MAIL_FROM")
    if not url:
        return "", sender
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if (
        not sound
        or parts.path not in ("", "/")
        or parts.query
        or bool(parts.username) != bool(parts.password)
    ):
        raise SettingsError("COP_SMTP_URL must look like smtp://user:password@mail.example.org:587.")
    if not sender:
        raise SettingsError("COP_MAIL_FROM is missing: say from which address mail is sent.")
    return url, sender


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)


def _clamd(env: Mapping[str, str]) -> str:
    given = (env.get("COP_CLAMD") or "").strip()
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        local = parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/")
        sound = local or (
            parts.scheme == "tcp" and bool(parts.hostname) and not parts.path and parts.port != 0
        )
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(
            f"COP_CLAMD must look like unix:///run/clamav/clamd.ctl or tcp://127.0.0.1:3310, not {given!r}."
        )
    return given


def _file(env: Mapping[str, str], name: str) -> Path | None:
    """A file that is there; what is in it is looked at by whoever needs it."""
    given = env.get(name)
    if not given:
        return None
    path = Path(given).resolve()
    if not path.is_file():
        raise SettingsError(f"{name} must name a file that is there, not {given!r}.")
    return path


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = env.get(name) or default
    if text not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {text!r}.")
    return text


def _secret(env: Mapping[str, str], var: Path, *, demo: bool) -> str:
    """The given secret, or in the demo one made at random and kept in COP_VAR: there is no default secret."""
    given = env.get("COP_SECRET") or ""
    path = var / "demo-secret"
    if given:
        if len(given) < SECRET_LENGTH or len(set(given)) < 8:
            raise SettingsError(
                f"COP_SECRET must be at least {SECRET_LENGTH} random characters. "
                "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if not demo and path.exists() and path.read_text().strip() == given:
            raise SettingsError(
                "COP_SECRET is the demonstration's. Make one of your own for a server others use."
            )
        return given
    if not demo:
        raise SettingsError(
            "COP_SECRET is missing. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))' and keep it safe."
        )
    if path.exists():
        return path.read_text().strip()
    var.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(made)
    return made


def _public_url(env: Mapping[str, str], host: str, port: int, *, demo: bool) -> str:
    given = (env.get("COP_PUBLIC_URL") or "").rstrip("/")
    if not given:
        if not demo:
            raise SettingsError("COP_PUBLIC_URL is missing: say at which address people reach the server.")
        name = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http://{name}:{port}"
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise SettingsError(f"COP_PUBLIC_URL must look like https://cop.example.org, not {given!r}.")
    if demo and not is_loopback(parts.hostname):
        raise SettingsError(
            f"The demonstration has well-known passwords, so it only serves this machine: {given} is elsewhere. "
            "Leave COP_PUBLIC_URL out, or set COP_DEMO=0 and start with an empty database."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsError(
            "COP_PUBLIC_URL must begin with https:// unless it is an address of this machine."
        )
    return given
