"""A picture of any kind becomes a small gray image: rows and columns of bytes from black to white."""

import io
import math
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.own.archives import Member, read
from mlp.datasets.own.plan import ImageOptions

ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".gif", ".bmp", ".tif", ".tiff", ".webp")
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")  # as Pillow calls them; it looks at the content, not the name
LARGEST_PICTURE = 64_000_000  # bytes of a file
MOST_PIXELS = 25_000_000  # decoded at once, which takes up to 400 MB; a large JPEG is shrunk while it is decoded
PAPER = 170  # gray that is bright enough for paper
FAINT = 16  # difference of shades that nobody sees
INK = 100  # gray that is dark enough for ink

# What Pillow raises for broken files, besides its errors for pictures of absurd sizes.
BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, EOFError, LookupError, TypeError, struct.error, zlib.error)
TOO_LARGE = (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError)
warnings.simplefilter("error", Image.DecompressionBombWarning)  # as Pillow's documentation advises


def is_picture(name: str) -> bool:
    """Whether a file's name ends as that of a picture that can be read."""
    return name.lower().endswith(ENDINGS)


def read_picture(member: Member, size: tuple[int, int]) -> np.ndarray:
    """Return a picture as uint8 of shape `size`. Raises DamagedFile if it can't be read."""
    return fit(read_gray(member, size), size)


def read_gray(member: Member, least: tuple[int, int]) -> Image.Image:
    """Return a picture in gray, as it is or, if it is a large JPEG, smaller, but with at least that many pixels.

    Raises DamagedFile if it can't be read.
    """
    content = read(member, LARGEST_PICTURE)
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            picture.draft("L", least[::-1])  # a JPEG can be decoded at an eighth of its size, but no smaller than this
            if picture.width * picture.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            return gray(upright)
    except TOO_LARGE as error:
        raise DamagedFile(f"{member} has more pixels than the {MOST_PIXELS:,} that are read.") from error
    except UnidentifiedImageError as error:
        raise DamagedFile(f"{member} is not a picture in one of the formats {', '.join(FORMATS)}.") from error
    except BROKEN as error:
        raise DamagedFile(f"{member} is damaged ({error}).") from error


def check_pixels(shape: tuple[int, ...]) -> None:
    """Raise DatasetError if images of this shape are too large to be decoded."""
    if math.prod(shape) > MOST_PIXELS:
        raise DatasetError(
            f"Images have {math.prod(shape):,} pixels; at most {MOST_PIXELS:,} are read. Make them smaller."
        )


def gray(picture: Image.Image) -> Image.Image:
    """Return a picture in gray (mode "L"), on white where it is transparent; on black if it is white itself."""
    if picture.mode == "F" or picture.mode.startswith("I"):  # 16 or more bits
        values = np.nan_to_num(np.array(picture, np.float32), copy=False)
        white = 65535
        if picture.mode == "F":  # numbers with decimals: from 0 to 1, or as bytes
            white = 1 if values.max(initial=0) <= 1 else 255
        values *= 255 / white
        np.rint(np.clip(values, 0, 255, out=values), out=values)
        return Image.fromarray(values.astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("L")
    ink, opacity = picture.convert("RGBA").convert("LA").split()
    on_white, on_black = (Image.composite(ink, Image.new("L", ink.size, paper), opacity) for paper in (255, 0))
    return on_black if is_faint(np.asarray(on_white)) and not is_faint(np.asarray(on_black)) else on_white


def is_faint(image: np.ndarray) -> bool:
    """Whether the shades of a gray image hardly differ, so that there is nothing to see."""
    return int(image.max()) - int(image.min()) <= FAINT


def fit(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Return a gray picture as uint8 of shape `size`, as large as it fits, centered on the shade of its edge."""
    rows, columns = size
    if picture.size == (columns, rows):
        return np.asarray(picture)
    scale = min(rows / picture.height, columns / picture.width)
    height, width = (max(1, round(scale * length)) for length in (picture.height, picture.width))
    small = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    pixels = np.asarray(small)
    fitted = np.full(size, np.median(edge(pixels[None])), np.uint8)
    top, left = (rows - height) // 2, (columns - width) // 2
    fitted[top : top + height, left : left + width] = pixels
    return fitted


def arrange(images: np.ndarray, options: ImageOptions) -> np.ndarray:
    """Return images [..., rows, columns] transposed, flipped and inverted as the options say.

    >>> arrange(np.array([[0, 55]], np.uint8), ImageOptions(transpose=True, invert=True)).tolist()
    [[255], [200]]
    """
    if options.transpose:
        images = images.swapaxes(-1, -2)
    if options.flip:
        images = images[..., ::-1]
    return 255 - images if options.invert else images


def is_ink_on_paper(images: np.ndarray) -> bool:
    """Whether most of these images [n, rows, columns] show something dark on a bright, even ground."""
    paper = np.median(edge(images), axis=1)
    ink = images.min(axis=(1, 2), initial=255)
    mostly_bright = np.median(images, axis=(1, 2)) > PAPER
    return bool(np.mean((paper > PAPER) & (ink < INK) & mostly_bright) > 0.8) if len(images) else False


def edge(images: np.ndarray) -> np.ndarray:
    """Return the outermost pixels of images [n, rows, columns] as [n, pixels]."""
    sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
    return np.concatenate(sides, axis=1)
