"""Pictures of all kinds become gray images that look as a person sees them."""

import io
import random
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mlp.datasets.errors import DamagedFile
from mlp.datasets.own.archives import Member
from mlp.datasets.own.pictures import arrange, fit, is_ink_on_paper, read_picture
from mlp.datasets.own.plan import ImageOptions
from tests.picture_files import picture

RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (28, 28), dtype=np.uint8)
SMOOTH = np.add.outer(np.arange(28) * 4, np.arange(28) * 5).astype(np.uint8)


def read(content: bytes, size: tuple[int, int] = (28, 28)) -> np.ndarray:
    return read_picture(Member("cats/1.png", len(content), lambda: io.BytesIO(content)), size)


def test_a_gray_picture_of_the_right_size_stays_as_it_is() -> None:
    assert np.array_equal(read(picture(NOISE)), NOISE)


@pytest.mark.parametrize(
    ("kind", "options", "within"),
    [
        ("PNG", {}, 0),
        ("GIF", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 12),
        ("JPEG", {"quality": 95}, 6),
    ],
)
def test_each_format_shows_the_same_picture(kind: str, options: dict[str, Any], within: int) -> None:
    found = read(picture(SMOOTH, kind, **options))
    assert np.abs(found.astype(int) - SMOOTH).max() <= within


def test_the_content_decides_not_the_name() -> None:
    content = picture(NOISE, "BMP")
    member = Member("cats/1.jpg", len(content), lambda: io.BytesIO(content))
    assert np.array_equal(read_picture(member, (28, 28)), NOISE)


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGB", (255, 0, 0), 76),  # 0.299 of 255
        ("RGB", (0, 255, 0), 150),
        ("RGBA", (0, 0, 0, 0), 255),  # transparent: the paper shows
        ("RGBA", (0, 0, 0, 255), 0),
        ("RGBA", (0, 0, 0, 51), 204),  # a fifth of black on white
        ("LA", (0, 0), 255),
        ("1", 1, 255),
        ("I;16", 65535, 255),
        ("I;16", 257 * 100, 100),
    ],
)
def test_color_transparency_and_deep_gray_become_the_gray_that_is_seen(mode: str, color: Any, expected: int) -> None:
    assert np.unique(read(picture(Image.new(mode, (28, 28), color)))).tolist() == [expected]


@pytest.mark.parametrize(("ink", "paper"), [(255, 0), (250, 0), (0, 255), (128, 255)])
def test_white_ink_on_transparent_ground_is_seen(ink: int, paper: int) -> None:
    pixels = np.full((28, 28, 4), ink)
    pixels[..., 3] = 0
    pixels[10:20, 10:20, 3] = 255
    found = read(picture(pixels))
    assert (found[15, 15], found[0, 0]) == (ink, paper)


def test_a_transparent_color_of_a_palette_is_paper() -> None:
    image = Image.new("P", (28, 28), 1)
    image.putpalette([0, 0, 0, 9, 9, 9])
    assert np.unique(read(picture(image, "GIF", transparency=1))).tolist() == [255]


def test_print_colors_and_float_pixels_are_read() -> None:
    assert read(picture(Image.new("CMYK", (28, 28), (0, 0, 0, 0)), "JPEG")).min() >= 253
    for value, expected in ((0.5, 128), (128.0, 128), (300.0, 255), (-1.0, 0)):
        pixels = Image.fromarray(np.full((28, 28), value, np.float32))
        assert np.unique(read(picture(pixels, "TIFF"))).tolist() == [expected]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_phone_picture_is_turned_upright(kind: str) -> None:
    image = Image.fromarray(SMOOTH)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was turned by 90°
    turned = read(picture(image, kind, exif=exif))
    assert np.abs(turned - np.rot90(SMOOTH, -1).astype(int)).max() <= (12 if kind in ("JPEG", "WEBP") else 0)


def test_only_the_first_picture_of_an_animation_counts() -> None:
    content = picture(Image.new("L", (28, 28), 200), "GIF", save_all=True, append_images=[Image.new("L", (28, 28), 10)])
    assert np.unique(read(content)).tolist() == [200]


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 40), st.integers(1, 40))
def test_any_picture_fits_into_any_size_with_its_aspect_kept(height: int, width: int, rows: int, columns: int) -> None:
    pixels = np.full((height, width), 50, np.uint8)
    assert np.unique(fit(Image.fromarray(pixels), (rows, columns))).tolist() == [50]


def test_a_wide_picture_is_centered_on_the_shade_of_its_edge() -> None:
    wide = np.full((20, 40), 230, np.uint8)
    wide[5:15, 10:30] = 0
    fitted = fit(Image.fromarray(wide), (20, 20))
    assert np.unique(fitted[[0, 1, 2, 3, 4, 15, 16, 17, 18, 19]]).tolist() == [230]
    assert np.unique(fitted[8:12, 6:14]).tolist() == [0]  # 20 × 10 of 40 × 20: the box is 5 … 10 high


def test_a_large_picture_is_averaged_not_sampled() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (560, 280))
    assert np.abs(fit(Image.fromarray(stripes), (28, 28)).astype(int) - 127.5).max() < 3


def test_a_photo_of_many_megapixels_is_shrunk_while_it_is_decoded() -> None:
    photo = picture(Image.new("L", (9_000, 5_000), 90), "JPEG")
    assert np.unique(read(photo)).tolist() == [90]


@pytest.mark.parametrize("options", [(i, t, f) for i in (0, 1) for t in (0, 1) for f in (0, 1)])
def test_options_are_applied_in_a_fixed_order(options: tuple[int, int, int]) -> None:
    invert, transpose, flip = map(bool, options)
    expected = SMOOTH[:5].T if transpose else SMOOTH[:5]
    expected = np.fliplr(expected) if flip else expected
    expected = 255 - expected if invert else expected
    found = arrange(SMOOTH[None, :5], ImageOptions(invert=invert, transpose=transpose, flip=flip))
    assert np.array_equal(found[0], expected)


def test_ink_on_paper_is_recognized() -> None:
    bright = np.full((10, 28, 28), 250, np.uint8)
    ink = bright.copy()
    ink[:, 8:20, 12:15] = 10
    assert is_ink_on_paper(ink)
    assert not is_ink_on_paper(255 - ink)
    assert not is_ink_on_paper(bright)  # empty pages
    assert not is_ink_on_paper(RNG.integers(0, 256, (10, 28, 28), dtype=np.uint8))
    mostly_dark = np.full((10, 28, 28), 20, np.uint8)
    mostly_dark[:, [0, -1]] = mostly_dark[:, :, [0, -1]] = 250  # a frame
    assert not is_ink_on_paper(mostly_dark)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_that_is_cut_short_is_damaged(kind: str) -> None:
    content = picture(NOISE, kind)
    with pytest.raises(DamagedFile, match=r"^cats/1.png is (damaged|not a picture)"):
        read(content[: len(content) // 2])


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, on damaged metadata
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_damaged_picture_is_read_or_refused_but_never_anything_else(kind: str) -> None:
    chance = random.Random(0)
    content = picture(Image.merge("RGB", [Image.fromarray(NOISE)] * 3), kind)
    for _ in range(300):
        broken = bytearray(content)
        for _ in range(chance.choice([1, 3, 30])):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(DamagedFile):
            assert read(bytes(broken), (9, 7)).shape == (9, 7)


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x89PNG\r\n\x1a\n", b"%PDF-1.4", b"<svg/>"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(DamagedFile, match="is not a picture in one of the formats PNG, JPEG"):
        read(content)
