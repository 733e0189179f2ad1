"""The child process that draws one stranger's picture anew: what people see of it, and nothing else that was in it.

Decoders of pictures are machine code, so they run here and nowhere else: under the limits of `cop.files.extract_child`,
with an empty environment, one file on standard input and no way to open another. They are loaded before the limits, the
picture is looked at after. Of an animation the first picture is kept: nothing on our pages moves by itself.

The outcome goes to standard output: a line of JSON, and the bytes of the new picture after it.
"""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from typing import BinaryIO

from PIL import GifImagePlugin, Image, ImageCms, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from cop.files.extract_child import OutOfTime, confine
from cop.files.kinds import Kind
from cop.files.outcome import READY, Limits
from cop.files.picture_size import TOO_MANY, judge_size
from cop.files.problems import Unreadable

LONGEST_SIDE = 2_000
"""Pixels: three times what a column of text is wide, so that a plan can be read when it is opened by itself."""
QUALITY = 85
_DECODERS = {
    Kind.PNG: PngImagePlugin.PngImageFile.format,
    Kind.JPEG: JpegImagePlugin.JpegImageFile.format,
    Kind.WEBP: WebPImagePlugin.WebPImageFile.format,
    Kind.GIF: GifImagePlugin.GifImageFile.format,
}
# The other plugins stay unloaded: fewer decoders that a file could choose for itself.
Image._initialized = 2
_SRGB = ImageCms.createProfile("sRGB")


def redrawn(stream: BinaryIO, kind: Kind) -> tuple[bytes, Kind, int, int]:
    """A picture of the same look without anything else: its bytes, kind, width and height.

    Raises `Unreadable`, or whatever the decoder raises about a damaged file.
    """
    image: Image.Image = Image.open(stream, formats=(str(_DECODERS[kind]),))
    judge_size(*image.size)
    image.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    orientation = image.getexif()
    profile = image.info.get("icc_profile")
    image = _in_plain_colours(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    image = _in_srgb(image, profile)
    image.getexif().clear()
    if 0x0112 in orientation:
        image.getexif()[0x0112] = orientation[0x0112]
        image = ImageOps.exif_transpose(image)
    # What a file says beside its pixels (where and with what it was taken, comments, a small copy of the whole picture)
    # travels in the object; only the pixels go over.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    made, out = Kind.PNG if kind is Kind.GIF else kind, io.BytesIO()
    if made is Kind.JPEG:
        bare.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    elif made is Kind.WEBP:
        bare.save(out, "WEBP", quality=QUALITY)
    else:
        bare.save(out, "PNG", optimize=True)
    return out.getvalue(), made, bare.width, bare.height


def _in_plain_colours(image: Image.Image) -> Image.Image:
    """Greys or red, green and blue, with transparency where there is any."""
    if image.mode in ("L", "RGB", "RGBA", "CMYK"):
        has_key = "transparency" in image.info
        return image.convert("RGBA") if has_key and image.mode != "CMYK" else image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "I", "F") else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as a browser takes them without a profile; as they are where the profile makes no sense."""
    if profile and image.mode != "L":
        alpha = image.getchannel("A") if image.mode == "RGBA" else None
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            plain = image if image.mode == "CMYK" else image.convert("RGB")
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(plain, given, _SRGB, outputMode="RGB")
            if turned is not None:
                if alpha is not None:
                    turned.putalpha(alpha)
                image = turned
    return image.convert("RGB") if image.mode == "CMYK" else image


def main(arguments: list[str]) -> None:
    """Draw standard input, a picture of the kind named first, within the limits that follow as JSON."""
    kind = Kind(arguments[0])
    confine(Limits(**json.loads(arguments[1])))
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    data = b""
    try:
        with open(0, "rb", closefd=False) as stream:
            data, made, width, height = redrawn(stream, kind)
        told: dict[str, object] = {
            "kind": made.value,
            "width": width,
            "height": height,
            "size": len(data),
        }
    except OutOfTime:
        told = {"why": "slow"}
    except MemoryError:
        told = {"why": "memory"}
    except (Unreadable, Image.DecompressionBombError) as problem:
        told = {"why": str(problem) if isinstance(problem, Unreadable) else TOO_MANY}
    except Exception:
        told = {"why": "damaged"}
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
