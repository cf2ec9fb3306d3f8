"""Pictures, and ZIP files of them, made in memory for tests."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def picture(pixels: Any, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file with these pixels, an array or a Pillow image."""
    out = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, np.uint8))
    image.save(out, kind, **options)
    return out.getvalue()


def shade(value: int, size: tuple[int, int] = (28, 28)) -> bytes:
    """A PNG of one gray."""
    return picture(np.full(size, value))


def empty_png(side: int) -> bytes:
    """A small file that unpacks to a huge black square of one bit per pixel."""
    rows = zlib.compress(bytes(side * (1 + -(-side // 8))), 1)
    parts = [(b"IHDR", struct.pack(">2I5B", side, side, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in parts:
        content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content


def write_zip(path: Path, files: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """A ZIP file with these members; a name that ends with a slash is a folder."""
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return path


def write_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """A folder with these files; a name that ends with a slash is an empty folder."""
    for name, content in files.items():
        target = path / name
        if name.endswith("/"):
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    return path
