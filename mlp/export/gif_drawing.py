"""A canvas is drawn at twice its size and then made smaller, so that lines and letters are smooth."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mlp.charts.palette import LIGHT
from mlp.installation import PROGRAM
from mlp.network.layers import Array

FINENESS = 2
DASH, DASH_GAP = 8, 3  # pixels, of a validation curve, as on the dashboard
FONT = PROGRAM / "static" / "fonts" / "ibm-plex-sans-latin.woff2"
IN_FONT = frozenset(map(chr, range(0x20, 0x100))) | set("–—−…\u202f")
SYSTEM_FONTS = ("DejaVuSans.ttf", "Arial Unicode.ttf", "arialuni.ttf", "msgothic.ttc", "arial.ttf")  # for other letters
SHADES = 24  # from the background to a color, not all of which are in the palette
IN_PALETTE = (*range(2, SHADES // 2 + 1), 16, 20, SHADES)
COLORS = (LIGHT.text, LIGHT.quiet, LIGHT.wrong, *LIGHT.classes)  # the curves' are among those of classes


class Box(NamedTuple):
    """A rectangle, in pixels of the finished picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Canvas:
    """Something to draw on, in pixels of the finished picture."""

    def __init__(self, width: int, height: int, copied: "Canvas | None" = None) -> None:
        """Begin an empty canvas, or one that looks like another."""
        size = (width * FINENESS, height * FINENESS)
        self.image: Image.Image = copied.image.copy() if copied else Image.new("RGB", size, LIGHT.background)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int,
        color: str = LIGHT.text,
        *,
        anchor: str = "ls",
        bold: bool = False,
    ) -> None:
        """Write words; the anchor is Pillow's: "ls" begins at x, on the line y."""
        place = (x * FINENESS, y * FINENESS)
        self.draw.text(place, words, color, _font(frozenset(words) <= IN_FONT, size * FINENESS, bold), anchor)

    def cut(self, words: str, size: int, width: float) -> str:
        """Return as much of some words as there is room for."""
        font = _font(frozenset(words) <= IN_FONT, size * FINENESS, False)
        if font.getlength(words) <= width * FINENESS:
            return words
        while words and font.getlength(f"{words}…") > width * FINENESS:
            words = words[:-1]
        return f"{words.rstrip()}…"

    def line(self, points: Sequence[tuple[float, float]], color: str, width: float = 1) -> None:
        """Draw a line through points."""
        places = [(x * FINENESS, y * FINENESS) for x, y in points]
        self.draw.line(places, color, round(width * FINENESS), joint="curve")

    def dashed(self, points: Sequence[tuple[float, float]], color: str, width: float) -> None:
        """Draw a line of dashes through points."""
        x, y = np.asarray(points, float).T
        along = np.append(0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
        starts = np.arange(0, along[-1], DASH + DASH_GAP)
        ends = np.minimum(starts + DASH, along[-1])
        cuts = np.unique(np.concatenate([along, starts, ends]))
        places = [
            (float(left), float(top))
            for left, top in zip(*(np.interp(cuts, along, each) for each in (x, y)), strict=True)
        ]
        for first, last in zip(np.searchsorted(cuts, starts), np.searchsorted(cuts, ends), strict=True):
            self.line(places[first : last + 1], color, width)

    def dotted(self, x: float, top: float, bottom: float, color: str, dash: float) -> None:
        """Draw a vertical line of dashes."""
        for y in np.arange(top, bottom, 2 * dash):
            self.line([(x, y), (x, min(y + dash, bottom))], color, 1.5)

    def box(self, box: Box, color: str) -> None:
        """Fill a rectangle."""
        self.draw.rectangle(
            [FINENESS * box.left, FINENESS * box.top, FINENESS * box.right - 1, FINENESS * box.bottom - 1], color
        )

    def disk(self, x: float, y: float, radius: float, color: str, edge: str | None = None) -> None:
        """Draw a dot, perhaps with an edge around it."""
        ends = [(x - radius) * FINENESS, (y - radius) * FINENESS, (x + radius) * FINENESS, (y + radius) * FINENESS]
        self.draw.ellipse(ends, color, edge, FINENESS if edge else 0)

    def ring(self, x: float, y: float, radius: float, color: str) -> None:
        """Draw a ring."""
        ends = [(x - radius) * FINENESS, (y - radius) * FINENESS, (x + radius) * FINENESS, (y + radius) * FINENESS]
        self.draw.ellipse(ends, None, color, round(2.5 * FINENESS))

    def polygon(self, points: Sequence[tuple[float, float]], color: str, edge: str) -> None:
        """Fill a shape."""
        self.draw.polygon([(x * FINENESS, y * FINENESS) for x, y in points], color, edge, FINENESS)

    def picture(self, colors: Array, box: Box) -> None:
        """Draw a picture, colors [rows, columns, 3] of bytes, into a box."""
        size = (round(box.width * FINENESS), round(box.height * FINENESS))
        self.image.paste(
            Image.fromarray(colors).resize(size, Image.Resampling.NEAREST),
            (round(box.left * FINENESS), round(box.top * FINENESS)),
        )

    def finished(self) -> Image.Image:
        """Return the picture, in the colors of the palette."""
        return self.image.reduce(FINENESS).quantize(palette=_palette(), dither=Image.Dither.NONE)


@functools.cache
def _font(plain: bool, size: int, bold: bool) -> ImageFont.FreeTypeFont:
    """Return the program's own font or, for letters that it lacks, one of the system's, if there is one."""
    for name in () if plain else SYSTEM_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue  # not on this system
    font = ImageFont.truetype(FONT, size)
    font.set_variation_by_axes([600 if bold else 400])
    return font


def rgb(color: str) -> Array:
    """Return a color, written #RRGGBB, as three numbers from 0 to 255."""
    return np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)], np.float32)


def mixed(color: str, share: float) -> str:
    """Return a color on the background, as opaque as a share."""
    parts = np.rint(rgb(LIGHT.background) * (1 - share) + rgb(color) * share).astype(int)
    return f"#{parts[0]:02x}{parts[1]:02x}{parts[2]:02x}"


@functools.cache
def _palette() -> Image.Image:
    """Return all colors of the animation: the palette's own, each blended with the background."""
    shades = [rgb(mixed(color, shade / SHADES)) for color in COLORS for shade in IN_PALETTE]
    colors = np.array([rgb(LIGHT.background), rgb(LIGHT.grid), *shades]).astype(np.uint8)
    image = Image.new("P", (1, 1))
    image.putpalette(colors.tobytes())
    return image
