"""Hostile Markdown and hostile uploads at random: spliced, cut, doubled and damaged, as long as there is time."""

from __future__ import annotations

import io
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

from cop.files.extract import extract
from cop.files.intake import receive
from cop.files.outcome import Limits
from cop.files.store import LOCK, FileStore
from cop.kernel.errors import Invalid
from cop.kernel.markup import MAX_SOURCE, render_markdown
from tests.bench.promise import Promise
from tests.data.hostile_files import KINDS, every, good
from tests.data.hostile_markdown import FAMILIES

ALLOWED_MS = 250.0
LIMITS = Limits(seconds=4)
UPLOAD_LIMIT = 50_000_000
# The child ends a little after its own limit; the rest is starting it on a busy machine.
ALLOWED_READING = 10.0


def _markdown(rng: random.Random) -> str:
    """One to four hostile texts, cut anywhere and put into each other."""
    text = ""
    for _ in range(rng.randrange(1, 5)):
        family = rng.choice(list(FAMILIES.values()))
        part = family(rng.choice((50, 500, 4_000, 16_000)))
        if rng.random() < 0.5:
            cut = rng.randrange(len(part) + 1)
            part = part[cut:] + part[:cut]
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(("", "\n", "\n\n", "> ", "  ")) + part + text[at:]
    return text[:MAX_SOURCE]


def markdown(seconds: float, rng: random.Random) -> list[Promise]:
    """Render for so many seconds. Times are the processor's, and a long one is taken again to be sure of it."""
    until, count, plain, longest, wrong = time.monotonic() + seconds, 0, 0, 0.0, Counter[str]()
    while time.monotonic() < until:
        text = _markdown(rng)
        took = float("inf")
        for _ in range(3):
            began = time.thread_time()
            try:
                plain += render_markdown(text).plain
            except Exception as error:
                wrong[f"{type(error).__name__}: {error}"[:200]] += 1
                break
            took = min(took, (time.thread_time() - began) * 1000)
            if took < ALLOWED_MS / 2:
                break
        count += 1
        longest = max(longest, took if took < float("inf") else 0.0)
    print(
        f"Markdown: {count:,} hostile texts, {plain:,} shown as typed, longest {longest:.0f} ms, {dict(wrong)}",
        flush=True,
    )
    return [
        Promise("longest rendering of hostile Markdown", longest, ALLOWED_MS),
        Promise("errors while rendering it", wrong.total(), 0, "errors"),
    ]


def _damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """The same bytes with something wrong: flipped, cut off, doubled, filled with another file's."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(changed) + 1)
        how = rng.randrange(5)
        if how == 0:
            for _ in range(rng.randrange(1, 30)):
                if changed:
                    changed[rng.randrange(len(changed))] = rng.randrange(256)
        elif how == 1:
            del changed[at:]
        elif how == 2:
            changed[at:at] = changed[at : at + rng.randrange(1, 5_000)]
        elif how == 3:
            other = rng.choice(others)
            start = rng.randrange(len(other) + 1)
            changed[at : at + 500] = other[start : start + 500]
        else:
            del changed[at : at + rng.randrange(1, 2_000)]
    return bytes(changed)


def uploads(seconds: float, rng: random.Random) -> list[Promise]:
    """Take damaged files in and read them for so many seconds: refused in words or read within limits, nothing else."""
    originals = [(f"a.{kind}", good(kind)) for kind in KINDS]
    originals += [(each.filename, each.data) for each in every() if len(each.data) < 2_000_000]
    contents = [data for _, data in originals]
    until, fates, longest, wrong = time.monotonic() + seconds, Counter[str](), 0.0, Counter[str]()
    with tempfile.TemporaryDirectory(prefix="cop-soak-") as folder:
        store = FileStore(Path(folder))
        while time.monotonic() < until:
            filename, data = rng.choice(originals)
            try:
                received = receive(
                    store, io.BytesIO(_damaged(data, rng, contents)), filename=filename, limit=UPLOAD_LIMIT
                )
            except Invalid:
                fates["refused"] += 1
                continue
            except Exception as error:
                wrong[f"taking in {filename!r}: {type(error).__name__}: {error}"[:200]] += 1
                continue
            began = time.monotonic()
            try:
                with store.open(received.spooled.sha256) as stream:
                    fates[extract(stream, received.kind, LIMITS).status] += 1
            except Exception as error:
                wrong[f"reading {filename!r}: {type(error).__name__}: {error}"[:200]] += 1
            longest = max(longest, time.monotonic() - began)
            store.remove(received.spooled.sha256)
        left = sum(path.is_file() and path.name != LOCK for path in Path(folder).rglob("*"))
    print(
        f"uploads: {dict(fates)}, longest reading {longest:.1f} s, {left} files left behind, {dict(wrong)}",
        flush=True,
    )
    return [
        Promise("longest reading of a hostile upload", longest, ALLOWED_READING, "s"),
        Promise("errors while taking in or reading them", wrong.total(), 0, "errors"),
        Promise("files of refused uploads left behind", left, 0, "files"),
    ]
