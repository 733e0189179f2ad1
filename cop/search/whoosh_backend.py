"""Search by Whoosh: folders, the pointer to the current ones, locks, and snapshots for readers.

    <folder>/CURRENT        the name of the current generation, replaced atomically
    <folder>/writer.lock    held while anything is written (`flock`)
    <folder>/g-7/public     what everybody may find
    <folder>/g-7/members    everything else, each document with its audience

A rebuild writes a new generation and moves the pointer. The index holds pickles: never put one there that came
from elsewhere; rebuild it from the database instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cop.search.backend import Busy, Deadline, OutOfTime, Ranked
from cop.search.document import PUBLIC_TERM, Document, Key
from cop.search.engine import TOC, EmptyIndexError, FileStorage
from cop.search.query import Query
from cop.search.whoosh_files import install
from cop.search.whoosh_match import match, plain_model, public_model
from cop.search.whoosh_schema import SCHEMA, key_bytes
from cop.search.whoosh_segment import Segment
from cop.search.whoosh_suggest import alive, nearest
from cop.search.whoosh_writer import apply

PUBLIC, MEMBERS = "public", "members"
BATCH = 100
REBUILD_BATCH = 2_000
REBUILD_LETTERS = 30_000_000
WAIT_FOR_WRITER = 5.0
OPEN_TRIES = 20

install()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One index as it was at one commit: its segments and the documents deleted from each."""

    stamp: str
    segments: tuple[tuple[Segment, frozenset[int]], ...]


EMPTY = Snapshot("", ())


@dataclass(frozen=True, slots=True)
class Part:
    """A segment to be searched for somebody; no `audiences` where everybody may find all of it."""

    segment: Segment
    deleted: frozenset[int]
    audiences: frozenset[str] | None

    def allowed(self, deadline: Deadline) -> frozenset[int] | None:
        """The documents this reader may find; None for all."""
        return None if self.audiences is None else self.segment.audience(self.audiences, deadline.check)


class WhooshBackend:
    """`SearchBackend` over two Whoosh indexes in `folder`; one object per process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mutex = threading.Lock()
        self._snapshots: dict[str, Snapshot] = {}
        self._segments: dict[str, Segment] = {}

    # Reading

    def search(
        self, query: Query, audiences: frozenset[str], *, deadline: Deadline, newest: bool = False, limit: int
    ) -> Ranked:
        """See `SearchBackend.search`. Signed in, both indexes are ranked by the plain model and merged."""
        if not query or not audiences:
            return Ranked()
        parts = self._parts(audiences)
        if audiences == {PUBLIC_TERM}:
            model = public_model(query, [part.segment for part in parts])
        else:
            model = plain_model(query)
        hits: list[tuple[float, float, int]] = []
        complete = True
        try:
            for number, part in enumerate(parts):
                worth = match(part.segment, part.allowed(deadline), part.deleted, query, model, deadline)
                base = number << 32
                dates = part.segment.dates
                if newest:
                    hits.extend((dates[doc], score, base + doc) for doc, score in worth.items())
                else:
                    hits.extend((score, dates[doc], base + doc) for doc, score in worth.items())
        except OutOfTime:
            complete = False
        hits.sort(reverse=True)
        keys = (parts[place >> 32].segment.key(place & 0xFFFFFFFF) for _, _, place in hits[:limit])
        return Ranked(list(dict.fromkeys(keys)), complete and len(hits) <= limit)

    def _parts(self, audiences: frozenset[str]) -> list[Part]:
        parts = [Part(segment, deleted, None) for segment, deleted in self._snapshot(PUBLIC).segments]
        if audiences != {PUBLIC_TERM}:
            members = self._snapshot(MEMBERS).segments
            parts += [Part(segment, deleted, audiences) for segment, deleted in members]
        return parts

    def suggest(self, words: Sequence[str], *, deadline: Deadline) -> Mapping[str, str]:
        """See `SearchBackend.suggest`: the nearest word by typing slips, the more used one among equals."""
        segments = self._snapshot(PUBLIC).segments
        found: dict[str, str] = {}
        try:
            for word in words:
                if not alive(segments, word, deadline):
                    near = nearest(segments, word, deadline)
                    if near:
                        found[word] = near
        except OutOfTime:
            pass
        return found

    def fingerprints(self) -> Mapping[Key, int]:
        """See `SearchBackend.fingerprints`. A key that is twice in the index shows as fingerprint -1."""
        found: dict[Key, int] = {}
        for name in (PUBLIC, MEMBERS):
            for segment, deleted in self._snapshot(name).segments:
                for doc in range(segment.size):
                    if doc not in deleted:
                        key = segment.key(doc)
                        found[key] = -1 if key in found else segment.fingerprints[doc]
        return found

    def generation(self) -> str:
        """See `SearchBackend.generation`."""
        return "/".join(self._snapshot(name).stamp for name in (PUBLIC, MEMBERS))

    def _snapshot(self, name: str) -> Snapshot:
        """The index as of its last commit. A look at one small file and one folder when nothing changed."""
        for attempt in range(OPEN_TRIES):
            try:
                return self._try_snapshot(name)
            except (FileNotFoundError, EmptyIndexError):
                # A commit or a rebuild removed a file between our reading its name and opening it.
                if attempt == OPEN_TRIES - 1:
                    raise
                time.sleep(0.005)
        return EMPTY

    def _try_snapshot(self, name: str) -> Snapshot:
        folder = self._current()
        if folder is None or not (folder / name).is_dir():
            return EMPTY
        storage = FileStorage(str(folder / name))
        number = TOC._latest_generation(storage, "MAIN")
        if number < 0:
            return EMPTY
        stamp = f"{folder.name}.{number}"
        known = self._snapshots.get(name)
        if known is not None and known.stamp == stamp:
            return known
        with self._mutex:
            toc = TOC.read(storage, "MAIN", gen=number, schema=SCHEMA)
            segments = tuple(
                (self._open(storage, part), frozenset(part.deleted_docs())) for part in toc.segments
            )
            snapshot = self._snapshots[name] = Snapshot(stamp, segments)
            used = {id(segment) for shot in self._snapshots.values() for segment, _ in shot.segments}
            self._segments = {key: one for key, one in self._segments.items() if id(one) in used}
        return snapshot

    def _open(self, storage: Any, part: Any) -> Segment:
        name = part.segment_id()
        if name not in self._segments:
            self._segments[name] = Segment(storage, part)
        return self._segments[name]

    def _current(self) -> Path | None:
        try:
            return self._folder / (self._folder / "CURRENT").read_text().strip()
        except FileNotFoundError:
            return None

    # Writing

    def write(self, upserts: Sequence[Document], deletions: Iterable[Key] = ()) -> int:
        """See `SearchBackend.write`. Commits every hundred documents; a batch that changes nothing costs none."""
        gone = set(deletions) - {document.key for document in upserts}
        changed = 0
        with self._writing():
            folder = self._current() or self._begin()
            for start in range(0, max(len(upserts), 1), BATCH):
                batch = list({document.key: document for document in upserts[start : start + BATCH]}.values())
                changed += self._write_batch(folder, batch, gone if start == 0 else set())
        return changed

    def _write_batch(self, folder: Path, batch: list[Document], gone: set[Key]) -> int:
        held = {
            name: self._held(name, {document.key for document in batch} | gone) for name in (PUBLIC, MEMBERS)
        }
        changed: set[Key] = set()
        for name in (PUBLIC, MEMBERS):
            here = held[name]
            belonging = [one for one in batch if one.audience.is_public == (name == PUBLIC)]
            stay = {one.key for one in belonging if here.get(one.key) == [one.fingerprint()]}
            additions = [one for one in belonging if one.key not in stay]
            removals = here.keys() - stay
            if additions or removals:
                apply(folder / name, additions, removals, self._opener(folder / name))
                changed |= {one.key for one in additions} | removals
        return len(changed)

    def _held(self, name: str, keys: set[Key]) -> dict[Key, list[int]]:
        """The fingerprints under which these keys stand in an index, as of its last commit."""
        found: dict[Key, list[int]] = {}
        for segment, deleted in self._snapshot(name).segments:
            for key in keys:
                for doc in segment.docs("key", key_bytes(key)):
                    if doc not in deleted:
                        found.setdefault(key, []).append(segment.fingerprints[doc])
        return found

    def _opener(self, folder: Path) -> Any:
        storage = FileStorage(str(folder))
        return lambda part: self._open(storage, part)

    def rebuild(self, documents: Iterable[Document]) -> int:
        """See `SearchBackend.rebuild`. Readers use the old generation until the pointer moves."""
        count = 0
        with self._writing():
            old = self._current()
            fresh = self._folder / f"g-{_number(old) + 1}"
            shutil.rmtree(fresh, ignore_errors=True)
            for batch in _batches(documents):
                for name in (PUBLIC, MEMBERS):
                    belonging = [one for one in batch if one.audience.is_public == (name == PUBLIC)]
                    if belonging:
                        apply(fresh / name, belonging, (), self._opener(fresh / name))
                count += len(batch)
            for name in (PUBLIC, MEMBERS):
                (fresh / name).mkdir(parents=True, exist_ok=True)
            self._point_to(fresh)
            for folder in self._folder.glob("g-*"):
                if folder not in (fresh, old):
                    shutil.rmtree(folder, ignore_errors=True)
        return count

    def _begin(self) -> Path:
        first = self._folder / "g-1"
        for name in (PUBLIC, MEMBERS):
            (first / name).mkdir(parents=True, exist_ok=True)
        self._point_to(first)
        return first

    def _point_to(self, generation: Path) -> None:
        fresh = self._folder / "CURRENT.new"
        with fresh.open("w") as file:
            file.write(generation.name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / "CURRENT")

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Be the only writer, of all processes; `Busy` when another one does not finish in time."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "writer.lock").open("a") as lock:
            give_up = time.monotonic() + WAIT_FOR_WRITER
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > give_up:
                        raise Busy("The search index is being rebuilt.") from None
                    time.sleep(0.05)
            yield


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents by as many as fit comfortably in memory while their postings are gathered."""
    batch: list[Document] = []
    letters = 0
    for document in documents:
        batch.append(document)
        letters += len(document.body)
        if len(batch) >= REBUILD_BATCH or letters >= REBUILD_LETTERS:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch


def _number(folder: Path | None) -> int:
    return int(folder.name.removeprefix("g-")) if folder is not None else 0
