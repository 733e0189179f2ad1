"""Pictures for tests, made on the spot: with what cameras write into them, damaged, and larger than they look."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageCms, PngImagePlugin

SECRET = "taken at 53.8008 north"
ORIENTATION, DESCRIPTION, GPS, LATITUDE, MAKER = 0x0112, 0x010E, 0x8825, 2, 0x010F


def picture(
    form: str = "PNG", size: tuple[int, int] = (60, 40), colour: tuple[int, ...] = (11, 79, 74)
) -> bytes:
    """A plain picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour).save(out, form)
    return out.getvalue()


def telling(form: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    """A picture that says where it was taken, by whom, and that it lies on its side; red on the left, else green."""
    image = Image.new("RGB", size, (0, 128, 0))
    image.paste((200, 0, 0), (0, 0, size[0] // 3, size[1]))
    exif = Image.Exif()
    exif[ORIENTATION], exif[DESCRIPTION], exif[MAKER] = 6, SECRET, "Camera of Jo Bloggs"
    exif.get_ifd(GPS)[LATITUDE] = (53.0, 48.0, 3.0)
    out = io.BytesIO()
    extra: dict[str, object] = {"exif": exif, "icc_profile": profile()}
    if form == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", SECRET)
        words.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
        extra["pnginfo"] = words
    elif form == "JPEG":
        extra |= {"comment": SECRET.encode(), "xmp": f"<x>{SECRET}</x>".encode()}
    elif form == "WEBP":
        extra["xmp"] = f"<x>{SECRET}</x>".encode()
    image.save(out, form, **extra)
    return out.getvalue()


def profile() -> bytes:
    """A colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def animation() -> bytes:
    """Three pictures in one file."""
    frames = [Image.new("P", (30, 20), number) for number in range(3)]
    out = io.BytesIO()
    frames[0].save(
        out, "GIF", save_all=True, append_images=frames[1:], duration=50, loop=0, comment=SECRET.encode()
    )
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width: int, height: int, *, says: tuple[int, int] | None = None) -> bytes:
    """A PNG of a few kilobytes that unfolds to so many pixels; its head may say another size."""
    head = struct.pack(">IIBBBBB", *(says or (width, height)), 8, 2, 0, 0, 0)
    packer = zlib.compressobj(9)
    row = b"\0" + b"\0" * (3 * width)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
