"""How long reading an upload takes and how much memory the child needs, for every file of a folder.

Run it with a folder of documents: `python -m tests.bench.bench_extract FOLDER`. Without one it reads large files
of its own making: a thousand pages of each kind of text.
"""

from __future__ import annotations

import io
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cop.files.checks import identify
from cop.files.extract import extract
from cop.files.outcome import Limits
from cop.files.store import FileStore
from tests.bench.promise import Promise
from tests.data import sample_files as make

PARAGRAPHS = 10_000
SENTENCE = (
    "The framework agreement lets a council call off vans and chargers for its fleet at a fixed price. "
)


def made() -> Iterator[tuple[str, bytes]]:
    """Large files, as (name, bytes)."""
    words = [f"{number} {SENTENCE}" for number in range(PARAGRAPHS)]
    yield "made.docx", make.docx("".join(make.paragraph(each) for each in words))
    yield "made.odt", make.odt("".join(f"<text:p>{each}</text:p>" for each in words))
    cells = "".join(
        f'<row><c t="inlineStr"><is><t>{each}</t></is></c><c><v>{n}</v></c></row>'
        for n, each in enumerate(words)
    )
    yield "made.xlsx", make.xlsx(cells)
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{each}</text:p></table:table-cell></table:table-row>"
        for each in words
    )
    yield "made.ods", make.ods(f'<table:table table:name="Spend">{rows}</table:table>')
    yield "made.csv", "\n".join(f"{n},{each}" for n, each in enumerate(words)).encode()
    yield "made.md", "\n\n".join(words).encode()
    yield "made.txt", "\n".join(words).encode()
    yield "made.pdf", make.pdf(*words[:2000])


def given(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a folder, as (name, bytes)."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def measure(name: str, data: bytes, folder: Path) -> float:
    """Take one file in and read it; print and return the seconds reading took."""
    store = FileStore(folder)
    started = time.perf_counter()
    spooled = store.spool(io.BytesIO(data), len(data))
    kind = identify(spooled.path, name)
    store.keep(spooled)
    taken_in = time.perf_counter() - started
    started = time.perf_counter()
    with store.open(spooled.sha256) as stream:
        outcome = extract(stream, kind)
    reading = time.perf_counter() - started
    print(
        f"{name[:50]:50} {len(data):>10,} B  take in {taken_in * 1000:6.0f} ms  read {reading * 1000:6.0f} ms  "
        f"{len(outcome.text):>9,} characters  {outcome.pages or '-':>4} pages  {outcome.status}"
    )
    return reading


def promises(arguments: Sequence[str] = ()) -> list[Promise]:
    """Measure every file and print the totals; what is promised are the limits set on the child that reads."""
    files = given(Path(arguments[0])) if arguments else made()
    with tempfile.TemporaryDirectory() as folder:
        times = sorted(measure(name, data, Path(folder)) for name, data in files)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{len(times)} files: read p50 {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s; "
        f"largest child {largest:.0f} MB"
    )
    limits = Limits()
    return [
        Promise("longest reading of a large document", times[-1], limits.seconds, "s"),
        Promise("memory of the child that reads", largest, limits.memory / 1024 / 1024, "MB"),
    ]


if __name__ == "__main__":
    sys.exit(not all(promise.kept for promise in promises(sys.argv[1:])))
