"""The same content makes the same bytes: office files are zips full of clocks, and these functions stop them.

Without this every build would change every file, and nobody could see in a diff which document really changed.
"""

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

BUILT = datetime(
    2026, 1, 5, 9, 0, tzinfo=UTC
)  # the date inside every built file; the site shows its own dates
STAMP = BUILT.strftime("%Y-%m-%dT%H:%M:%SZ")
CLOCKS = re.compile(rb"(<(?:dcterms:modified|dcterms:created|meta:creation-date|dc:date)[^>]*>)[^<]*(</)")


def steady_zip(path: Path) -> None:
    """Rewrites the zip at `path` with fixed times, in its own order, and with fixed dates in its metadata."""
    with zipfile.ZipFile(path) as old:
        entries = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w") as new:
        for name, data in entries:
            if name in ("docProps/core.xml", "meta.xml"):
                data = CLOCKS.sub(rb"\g<1>" + STAMP.encode() + rb"\g<2>", data)
            info = zipfile.ZipInfo(name, (BUILT.year, BUILT.month, BUILT.day, BUILT.hour, 0, 0))
            # OpenDocument asks for its first entry, the type, to be stored: programs read it at a fixed place.
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            new.writestr(info, data)
