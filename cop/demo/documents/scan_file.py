"""Writes lines as a PDF that a scanner might have made: a picture of a typed page, with no text in it.

Everything follows from the lines, so that the same file comes out on every machine: the letters are drawn here, the
page is put in a little askew, and dust lies where a fixed series of numbers says.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

WIDTH, HEIGHT = 1240, 1754
"""Dots of an A4 page at 150 dots per inch."""
DOT, LEFT, TOP, LINE = 3, 130, 170, 36
LETTER = 6 * DOT
PER_LINE = (WIDTH - 2 * LEFT) // LETTER
ASKEW = 70
"""Dots to the right after which everything stands one dot lower."""
DUST = 420
# Each letter as five columns of seven dots, the lowest bit on top.
_LETTERS = {
    " ": "0000000000", "'": "0005030000", "(": "001c224100", ")": "0041221c00", "+": "08083e0808",
    ",": "0050300000", "-": "0808080808", ".": "0060600000", "/": "2010080402", ":": "0036360000",
    "%": "2313086462", "?": "0201510906", "0": "3e5149453e", "1": "00427f4000", "2": "4261514946",
    "3": "2141454b31", "4": "1814127f10", "5": "2745454539", "6": "3c4a494930", "7": "0171090503",
    "8": "3649494936", "9": "064949291e", "A": "7e1111117e", "B": "7f49494936", "C": "3e41414122",
    "D": "7f4141221c", "E": "7f49494941", "F": "7f09090901", "G": "3e4149497a", "H": "7f0808087f",
    "I": "00417f4100", "J": "2040413f01", "K": "7f08142241", "L": "7f40404040", "M": "7f020c027f",
    "N": "7f0408107f", "O": "3e4141413e", "P": "7f09090906", "Q": "3e4151215e", "R": "7f09192946",
    "S": "4649494931", "T": "01017f0101", "U": "3f4040403f", "V": "1f2040201f", "W": "3f4038403f",
    "X": "6314081463", "Y": "0708700807", "Z": "6151494543",
}  # fmt: skip


def write_scan(path: Path, pages: Sequence[Sequence[str]]) -> None:
    """Write pages of lines as a PDF of pictures. Letters are typed as capitals; ValueError for one nobody can type."""
    objects = [b"<</Type /Catalog /Pages 2 0 R>>", b""]
    kids = []
    for lines in pages:
        number = len(objects) + 1
        kids.append(b"%d 0 R" % number)
        packed = zlib.compress(bytes(_picture(lines)), 9)
        drawing = b"q 595 0 0 842 0 0 cm /Scan Do Q"
        objects += [
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources <</XObject <</Scan %d 0 R>>>>>>" % (number + 1, number + 2),
            b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawing), drawing),
            b"<</Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 "
            b"/Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream"
            % (WIDTH, HEIGHT, len(packed), packed),
        ]
    objects[1] = b"<</Type /Pages /Kids [%s] /Count %d>>" % (b" ".join(kids), len(kids))
    path.write_bytes(_pdf(objects))


def _picture(lines: Sequence[str]) -> bytearray:
    """One bit for each dot, white is 1, rows packed into bytes."""
    row_bytes = (WIDTH + 7) // 8
    picture = bytearray(b"\xff" * (row_bytes * HEIGHT))
    for x, y in (*_typed(lines), *_dust()):
        if 0 <= x < WIDTH and 0 <= y < HEIGHT:
            picture[y * row_bytes + x // 8] &= ~(0x80 >> (x % 8)) & 0xFF
    return picture


def _typed(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    for row, line in enumerate(lines):
        for place, letter in enumerate(line.upper()):
            if letter not in _LETTERS:
                raise ValueError(f"nobody can type {letter!r} in {line!r}")
            for column, dots in enumerate(bytes.fromhex(_LETTERS[letter])):
                x = LEFT + place * LETTER + column * DOT
                for dot in range(7):
                    if dots >> dot & 1:
                        y = TOP + row * LINE + dot * DOT + x // ASKEW
                        yield from ((x + across, y + down) for across in range(DOT) for down in range(DOT))


def _dust() -> Iterator[tuple[int, int]]:
    number = 20_261_127
    for _ in range(DUST):
        number = (number * 1_103_515_245 + 12_345) % (1 << 31)
        yield (number >> 8) % WIDTH, (number >> 4) % HEIGHT


def _pdf(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    starts = []
    for number, body in enumerate(objects, start=1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % start for start in starts)
    out += b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
