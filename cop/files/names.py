"""Names of uploaded files: kept readable, made harmless on every system they may be downloaded to.

Control characters and bidirectional overrides hide an extension ("gpj.exe" shown as "exe.jpg"), path parts
write elsewhere, and Windows opens a device for "CON.txt"; the list of device names is Microsoft's (Naming
Files, Paths, and Namespaces).
"""

from __future__ import annotations

import re
import unicodedata

from cop.files.kinds import Kind, claimed_by_name, extension_of

NAME_LENGTH = 150
"""Characters, with the extension. At most 255 bytes too, which is what file systems hold."""
NAME_BYTES = 255
FALLBACK = "document"

_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\/]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(
    r"^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|\s|$)", re.IGNORECASE
)
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_filename(filename: str, kind: Kind) -> str:
    """Return a safe, readable name of at most `NAME_LENGTH` characters that ends in the kind's extension.

    An extension that belongs to the kind is dropped and written anew; any other stays in the name, so that
    "terms.docx.pdf" keeps its history and "report.exe" accepted as text becomes "report.exe.txt".
    """
    name = unicodedata.normalize("NFC", filename.encode("utf-8", "replace").decode("utf-8"))
    name = re.split(r"[\\/]", name)[-1]
    name = "".join(
        " " if unicodedata.category(char) in ("Zs", "Zl", "Zp") or char in "\t\r\n" else char
        for char in name
        if char in "\t\r\n" or unicodedata.category(char) not in _HIDDEN_CATEGORIES
    )
    name = _SPACES.sub(" ", _NOT_IN_NAMES.sub("-", name)).strip(" .")
    if claimed_by_name(name) is kind:
        name = name[: -len(extension_of(name)) - 1]
    name = name.strip(" .") or FALLBACK
    if _RESERVED.match(name):
        name = f"{FALLBACK}-{name}"
    ending = f".{kind.extension}"
    name = name[: NAME_LENGTH - len(ending)]
    while len((name + ending).encode()) > NAME_BYTES:
        name = name[:-1]
    return (name.strip(" .") or FALLBACK) + ending
