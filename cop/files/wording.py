"""Words about files: their kind and their size."""

from __future__ import annotations

from cop.files.kinds import Kind

_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))
_NO_BREAK = "\N{NO-BREAK SPACE}"


def size_words(size: int) -> str:
    """Bytes in words, in steps of a thousand: "812 bytes", "84 kB", "2.1 MB". No line ends before the unit."""
    for unit, name in _UNITS:
        # 999,600 bytes would round to "1,000 kB", so the next unit takes over a little below its own size.
        if size >= unit * 0.9995:
            amount = size / unit
            figure = f"{amount:.0f}" if amount >= 9.95 or name == "kB" else f"{amount:.1f}"
            return f"{figure}{_NO_BREAK}{name}"
    return f"{size}{_NO_BREAK}{'byte' if size == 1 else 'bytes'}"


def file_words(kind: Kind, size: int, pages: int | None = None, *, scanned: bool = False) -> str:
    """Type and size as cards and results show them: "DOCX, 84 kB", "PDF, 2.1 MB, 12 pages, scanned without text"."""
    words = f"{kind.extension.upper()}, {size_words(size)}"
    if pages:
        words += f", {pages} {'page' if pages == 1 else 'pages'}"
    return f"{words}, scanned without text" if scanned else words
