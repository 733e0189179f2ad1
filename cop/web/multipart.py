"""Forms with uploads are read so that the writing of a file's name never costs what was typed beside it.

Werkzeug gives a whole form up, silently, when a header of one part is not UTF-8, as an old program or a script may send
it. What such a header says is taken for Western European text, which it nearly always is.
"""

from __future__ import annotations

from werkzeug import formparser
from werkzeug.datastructures import Headers
from werkzeug.sansio.multipart import MultipartDecoder


class Decoder(MultipartDecoder):
    """Werkzeug's, which also understands headers that are not UTF-8."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        try:
            data.decode()
        except UnicodeDecodeError:
            # Windows' writing is Latin-1 with letters where that has control characters. A few bytes mean nothing.
            data = data.decode("cp1252", "ignore").encode()
        return super()._parse_headers(data)


def install() -> None:
    """Have every form of this process read like that.

    Werkzeug's reading of a form, with its limits, takes no other decoder; to write all of it anew would be worse.
    """
    formparser.MultipartDecoder = Decoder  # type: ignore[attr-defined]
