"""Pictures are drawn anew in a process of its own: nothing but their look remains, and bombs do not go off."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from cop.files.checks import identify
from cop.files.kinds import Kind
from cop.files.outcome import Limits
from cop.files.picture_size import MAX_PIXELS, judge_size
from cop.files.pictures import DAMAGED, TOO_MUCH, Prepared, Refused, prepare
from cop.files.problems import Unreadable
from cop.kernel.errors import Invalid
from tests.data import sample_files
from tests.data import sample_pictures as make

FORMS = {"PNG": Kind.PNG, "JPEG": Kind.JPEG, "WEBP": Kind.WEBP, "GIF": Kind.GIF}


def drawn(data: bytes, kind: Kind, folder: Path, limits: Limits | None = None) -> Prepared | Refused:
    path = folder / "picture"
    path.write_bytes(data)
    with path.open("rb") as stream:
        return prepare(stream, kind, limits) if limits else prepare(stream, kind)


def opened(made: Prepared | Refused) -> Image.Image:
    assert isinstance(made, Prepared), made
    image = Image.open(io.BytesIO(made.data))
    image.load()
    assert image.size == (made.width, made.height)
    return image


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_nothing_that_the_camera_wrote_remains_and_it_stands_upright(form: str, tmp_path: Path) -> None:
    data = make.telling(form)
    assert make.SECRET.encode() in data
    made = drawn(data, FORMS[form], tmp_path)
    image = opened(made)
    assert isinstance(made, Prepared)
    assert made.kind is FORMS[form]
    assert image.size == (40, 60), "it lay on its side"
    red, green = image.convert("RGB").getpixel((20, 5)), image.convert("RGB").getpixel((20, 55))
    assert isinstance(red, tuple)
    assert isinstance(green, tuple)
    assert red[0] > 150 > green[0]
    assert make.SECRET.encode() not in made.data
    assert not {b"Exif", b"eXIf", b"EXIF", b"ICC_PROFILE", b"iCCP", b"ICCP", b"xmp", b"XMP ", b"Bloggs"} & {
        word
        for word in (b"Exif", b"eXIf", b"EXIF", b"ICC_PROFILE", b"iCCP", b"ICCP", b"xmp", b"XMP ", b"Bloggs")
        if word in made.data
    }
    assert not dict(image.getexif())
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
        "loop",
        "background",
        "timestamp",
        "duration",
    }


def test_an_animation_becomes_its_first_picture(tmp_path: Path) -> None:
    made = drawn(make.animation(), Kind.GIF, tmp_path)
    image = opened(made)
    assert isinstance(made, Prepared)
    assert made.kind is Kind.PNG
    assert getattr(image, "n_frames", 1) == 1
    assert make.SECRET.encode() not in made.data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "I;16", "YCbCr"])
def test_every_way_to_write_a_picture_is_understood(mode: str, tmp_path: Path) -> None:
    form = {"CMYK": "JPEG", "YCbCr": "JPEG", "PA": "GIF"}.get(mode, "PNG")
    out = io.BytesIO()
    image = Image.new(mode, (30, 20)) if mode != "PA" else Image.new("P", (30, 20))
    if mode == "PA":
        image.info["transparency"] = 0
    image.save(out, form, **({"transparency": 0} if mode in ("P", "PA") else {}))
    shown = opened(drawn(out.getvalue(), FORMS[form], tmp_path))
    assert shown.mode in ("L", "RGB", "RGBA")
    assert shown.size == (30, 20)


def test_a_colour_keeps_its_look_and_glass_stays_glass(tmp_path: Path) -> None:
    assert opened(drawn(make.picture(colour=(11, 79, 74)), Kind.PNG, tmp_path)).getpixel((5, 5)) == (
        11,
        79,
        74,
    )
    assert opened(drawn(make.picture(colour=(11, 79, 74, 0)), Kind.PNG, tmp_path)).getpixel((5, 5)) == (
        11,
        79,
        74,
        0,
    )


def test_a_large_picture_becomes_one_for_a_page(tmp_path: Path) -> None:
    assert opened(drawn(make.picture("JPEG", (6000, 3000)), Kind.JPEG, tmp_path)).size == (2000, 1000)


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (make.picture("PNG")[:-30], Kind.PNG, DAMAGED),
        (make.picture("JPEG", (600, 400))[:400], Kind.JPEG, DAMAGED),
        (make.picture("GIF"), Kind.PNG, DAMAGED),
        (sample_files.pdf(), Kind.JPEG, DAMAGED),
        (make.bomb(8000, 8000), Kind.PNG, TOO_MUCH),
        (make.bomb(9000, 9000, says=(60_000, 60_000)), Kind.PNG, TOO_MUCH),
        (make.bomb(10, 10, says=(7000, 7000)), Kind.PNG, DAMAGED),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(
    data: bytes, kind: Kind, reason: str, tmp_path: Path
) -> None:
    began = time.monotonic()
    assert drawn(data, kind, tmp_path) == Refused(reason)
    assert time.monotonic() - began < 10


def test_one_that_takes_too_long_or_too_much_is_refused(tmp_path: Path) -> None:
    data = make.bomb(7000, 7000)
    assert drawn(data, Kind.PNG, tmp_path, Limits(memory=250 << 20)) == Refused(TOO_MUCH)


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (make.bomb(8000, 8000), "a.png", "more than 50 million pixels"),
        (make.picture("PNG"), "a.jpg", "is a picture, not a JPEG picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "is a web page or script, not a PNG picture"),
        (make.picture("JPEG")[:40], "a.jpg", "damaged or not complete"),
        (b"RIFF\0\0\0\0WEBPVP9 ", "a.webp", "damaged or not complete"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a.webp", "not a WEBP picture"),
        (b"<svg/>", "a.svg", "Save it as PNG"),
    ],
)
def test_what_is_no_picture_for_us_is_refused_as_it_comes_in(
    data: bytes, name: str, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=says):
        identify(path, name, pictures=True)


@pytest.mark.parametrize("form", FORMS)
def test_pictures_come_in_only_where_they_are_asked_for(form: str, tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(make.picture(form))
    name = f"a.{FORMS[form].extension}"
    assert identify(path, name, pictures=True) is FORMS[form]
    with pytest.raises(Invalid, match="cannot be uploaded"):
        identify(path, name)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (123, 457), (3000, 2)])
def test_the_head_says_the_size_that_decoders_find(form: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(make.picture(form, size))
    assert identify(path, f"a.{form.lower()}", pictures=True) is FORMS[form]


def test_sizes_are_judged_at_their_edges() -> None:
    judge_size(MAX_PIXELS // 5_000, 5_000)
    for size in ((MAX_PIXELS // 5_000 + 1, 5_000), (20_001, 1), (0, 5)):
        with pytest.raises(Unreadable):
            judge_size(*size)
