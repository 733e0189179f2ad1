"""Measures the Markdown renderer: honest texts per kilobyte, and the dearest hostile ones beside what was promised.

Run it from the top of the project with `python -m tests.bench.bench_markup`. Times are the processor's, best of three.
"""

import sys
import time
from collections.abc import Sequence

from cop.kernel.markup import MAX_SOURCE, render_markdown
from tests.bench.promise import Promise
from tests.data.hostile_markdown import FAMILIES, SIZES

ALLOWED_MS = 250.0

POST = """## What we agreed on the retender

The **lot structure** stays as it was, see [the note](/teams/3/notes/4) and https://www.gov.uk/guidance. Suppliers
asked for *longer* terms; we said `24 months` is the most. <name of council> to confirm (2024–25).

- one item with a [link](https://example.org/a_b_c)
- second item, **bold** here
- third

> Quoted words from *someone*
> on two lines

| Lot | Value | Term |
|-----|------:|------|
| 1 | £120,000 | 2 years |
| 2 | £80,500 | 3 years |

Some closing words, nothing special about them, that run on for a while so that plain prose has its share.

"""
HONEST = {
    "a post of every kind": POST,
    "plain prose": "Some closing words, nothing special about them, that run on for a while. " * 8 + "\n\n",
    "a list of links": "- [a link](https://example.org/abc) and _note_\n",
    "tables": "| a | b | c |\n|---|---|---|\n" + "| 1 | 2 | **3** |\n" * 400 + "\n",
}


def seconds(source: str) -> tuple[float, bool]:
    """The least processor time of three renderings, and whether the text was shown as typed."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        plain = render_markdown(source).plain
        best = min(best, time.process_time() - start)
    return best, plain


def promises(arguments: Sequence[str] = ()) -> list[Promise]:
    """Print one line for each honest text and for the ten dearest hostile ones."""
    print(f"{'honest text':28} {'characters':>10} {'ms':>8} {'ms/kB':>7}  shown as typed")
    for name, unit in HONEST.items():
        for size in (1_000, 4_000, 16_000, MAX_SOURCE):
            source = (unit * (size // len(unit) + 1))[:size]
            taken, plain = seconds(source)
            print(
                f"{name:28} {size:10} {taken * 1e3:8.1f} {taken * 1e6 / size:7.2f}  {'yes' if plain else 'no'}"
            )
    hostile = [
        (*seconds(family(size)[:MAX_SOURCE]), name, size)
        for name, family in FAMILIES.items()
        for size in SIZES
    ]
    hostile.sort(reverse=True)
    print(f"\nThe dearest of {len(FAMILIES)} hostile families at {len(SIZES)} sizes")
    for taken, plain, name, size in hostile[:10]:
        print(f"{taken * 1e3:8.1f} ms {size:7} {'as typed' if plain else 'rendered'}  {name}")
    return [
        Promise(
            f"dearest of {len(FAMILIES)} families of hostile Markdown, processor",
            hostile[0][0] * 1e3,
            ALLOWED_MS,
        )
    ]


if __name__ == "__main__":
    sys.exit(not all(promise.kept for promise in promises()))
