"""The parts of Whoosh that search uses, imported in one place.

Whoosh 2.7.4 is not maintained: on newer Pythons its modules emit SyntaxWarnings when they are compiled, which
would be errors wherever warnings are. They are silenced here, for these imports alone. It carries no types.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from whoosh.codec.whoosh3 import W3Codec, W3TermInfo
    from whoosh.columns import FixedBytesColumn
    from whoosh.fields import COLUMN, FieldType, Schema
    from whoosh.filedb import compound
    from whoosh.filedb.filestore import FileStorage
    from whoosh.filedb.structfile import BufferFile
    from whoosh.formats import Existence, Format
    from whoosh.index import TOC, EmptyIndexError, FileIndex
    from whoosh.lang.porter2 import stem as porter2
    from whoosh.reading import SegmentReader
    from whoosh.writing import SegmentWriter

__all__ = [
    "COLUMN",
    "TOC",
    "BufferFile",
    "EmptyIndexError",
    "Existence",
    "FieldType",
    "FileIndex",
    "FileStorage",
    "FixedBytesColumn",
    "Format",
    "Schema",
    "SegmentReader",
    "SegmentWriter",
    "W3Codec",
    "W3TermInfo",
    "compound",
    "porter2",
]
