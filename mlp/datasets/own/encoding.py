"""A text file in any encoding, packed with gzip or not, becomes plain UTF-8 that a table can be read from."""

import codecs
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mlp.datasets.errors import DatasetError
from mlp.text import quoted

CHUNK = 1 << 20
LONGEST_LINE = 2_000_000  # bytes; DuckDB reads no longer ones either
LARGEST = 8 << 30  # bytes that a gzip file may unpack to
SAMPLE = 1 << 16  # bytes from which an encoding is guessed
GZIP = b"\x1f\x8b"
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WEB_PAGE = re.compile(rb"\s*<(!doctype|!--|\?xml|html|head|body)", re.IGNORECASE)
JSON = re.compile(rb'\s*\[?\s*{\s*"')  # a row, or the first of several
FOREIGN = (  # how files start that are no text
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"SQLite format 3\0", "a database"),
)
WESTERN, CENTRAL = "cp1252", "cp1250"  # of Europe
SLAVIC = frozenset("šžŠŽ")  # both code pages have them, but few Western languages
LIKELIER = 0.15  # by which the words of a text must be likelier with another code page than the Western one
WORD = re.compile(r"[^\W\d_]+")
LONGER = 4  # letters of a word whose first or last is a letter, too, not a sign as in m³ or £
LONE = re.compile(  # accented letters and signs of Western Europe's, by their bytes: ç or ² alone, or ção within a word
    rb"(?<![\x80-\xff])[\xa3\xa7\xaa\xab\xb0-\xb3\xb5\xb9-\xff](?![\x80-\xff])|(?<=[a-z])[\xc0-\xff]{2}(?=[a-z])"
)
SIGNS = re.compile(  # £ § ° ² ³ µ ¼ ½ ¾ of Western Europe's, beside no letter: elsewhere, some are letters
    rb"(?<![A-Za-z\x80-\xff])[\xa3\xa7\xb0\xb2\xb3\xb5\xbc-\xbe](?![A-Za-z\x80-\xff])"
)
ASCII = bytes(range(128))
EAST_ASIAN = (  # their characters are two bytes or more
    *("big5", "big5hkscs", "cp932", "cp949", "cp950", "euc_jis_2004", "euc_jisx0213", "euc_jp", "euc_kr", "gb18030"),
    *("gb2312", "gbk", "johab", "shift_jis", "shift_jis_2004", "shift_jisx0213"),
)
NOT_CODE_PAGES = ("utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le")


class PlainText(NamedTuple):
    """A text file that is UTF-8."""

    path: Path
    encoding: str  # of the original
    size: int  # bytes of UTF-8 at `path`
    share: float  # of the original that it holds, by bytes; below 1 only if it was cut


def plain_text(source: Path, folder: Path, name: str, encoding: str = "", most: int = 0) -> PlainText:
    """Return the file as UTF-8: itself if it is already, otherwise a file in `folder`.

    Without an `encoding`, it is guessed. With `most`, no more than that many bytes are read, and the text ends with
    its last complete line. Takes little memory, however large the file is. Raises DatasetError for what is no text.
    """
    try:
        return _plain(source, folder, name, encoding, most)
    except UnicodeDecodeError as error:  # of UTF-8; elsewhere, bytes without a character become "\ufffd"
        return _plain(source, folder, name, guess_encoding(error.object), most)
    except LookupError as error:
        raise DatasetError(f"There is no encoding {quoted(encoding)}. Try utf-8, utf-16 or cp1252.") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"{quoted(name)} can't be read: {reason}. Save or download it again.") from error


def guess_encoding(text: bytes) -> str:
    r"""Return Python's name of the encoding that bytes are most likely written in.

    A short text fits many code pages. None of East Asia's is taken if most bytes beyond ASCII stand alone, as accents
    do. Where Western Europe's fits about as well as the best, it is taken, or Central Europe's if the Western one gives
    symbols within words, or the letters of Slavic languages.

    >>> guess_encoding("Größe;Jahr\n1,5;2020".encode("cp1252"))
    'cp1252'
    >>> guess_encoding("miasto\nŁódź\nKraków".encode("cp1250"))
    'cp1250'
    """
    from charset_normalizer import from_bytes

    telling = b"\n".join(line for line in text.split(b"\n") if not line.isascii())[:SAMPLE]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(telling)
        return "utf-8"
    except UnicodeDecodeError:
        lone, high = sum(map(len, LONE.findall(telling))), sum(byte > 127 for byte in telling)
        excluded = NOT_CODE_PAGES + EAST_ASIAN if 2 * lone > high else NOT_CODE_PAGES
        if not SIGNS.sub(b"", telling).translate(None, ASCII):
            return WESTERN
        matches = from_bytes(telling, cp_exclusion=list(excluded))
    best = matches.best()
    if best is None:
        return WESTERN
    fitting = {name: match for match in matches for name in match.could_be_from_charset}
    if WESTERN not in fitting or best.coherence > fitting[WESTERN].coherence + LIKELIER:
        return best.encoding
    return CENTRAL if _is_central(telling) else WESTERN


def _is_central(text: bytes) -> bool:
    """Return whether a text that may be Western is of Central Europe: a word there has a symbol here, or š or ž."""
    western, central = text.decode(WESTERN, "replace"), text.decode(CENTRAL, "replace")
    for word in WORD.finditer(central):
        here = western[word.start() : word.end()]
        inside = here.removeprefix("¿") if len(here) >= LONGER else here[1:-1]
        if inside and not inside.isalpha():
            return True
    return not SLAVIC.isdisjoint(western)


def _plain(source: Path, folder: Path, name: str, encoding: str, most: int) -> PlainText:
    with open(source, "rb") as file:
        packed = file.read(len(GZIP)) == GZIP
        stored = file.seek(-4, os.SEEK_END) + 4 if packed else source.stat().st_size
        unpacked = int.from_bytes(file.read(4), "little") if packed else stored  # the end of a gzip file has it
    with gzip.open(source) if packed else open(source, "rb") as stream:
        mark, encoding = _checked_start(stream.read(CHUNK), name, encoding)
        stream.seek(mark)
        if encoding == "utf-8" and not packed and not most:
            return PlainText(source, encoding, sum(len(text) for text in _decoded(stream, name, encoding, most)), 1.0)
        path = folder / "table.csv"
        with open(path, "wb") as out:
            for text in _decoded(stream, name, encoding, most):
                out.write(text)
            read = stream.tell()
        if not most or not stream.read(1):
            return PlainText(path, encoding, path.stat().st_size, 1.0)
    return PlainText(path, encoding, _cut_to_complete_lines(path), read / max(read + 1, unpacked))


def cut_to_lines(path: Path, lines: int) -> int:
    """Shorten a file to its first lines. Returns the bytes that are left."""
    with open(path, "rb") as file:
        end, size = _line_end(file), file.seek(0)
        while chunk := file.read(CHUNK):
            found = chunk.count(end)
            if found >= lines:
                size += int(np.flatnonzero(np.frombuffer(chunk, np.uint8) == ord(end))[lines - 1]) + 1
                break
            lines, size = lines - found, size + len(chunk)
    os.truncate(path, size)
    return size


def _cut_to_complete_lines(path: Path) -> int:
    """Shorten a file to its complete lines, unless it has none. Returns the bytes that are left."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        end, start = _line_end(file), file.seek(max(0, size - LONGEST_LINE - 1))
        place = file.read().rfind(end)
    if place >= 0:
        size = start + place + 1
        os.truncate(path, size)
    return size


def _line_end(file: BufferedReader) -> bytes:
    return b"\n" if b"\n" in file.read(LONGEST_LINE + 1) else b"\r"


def _checked_start(start: bytes, name: str, encoding: str) -> tuple[int, str]:
    """Return the length of a byte order mark, and the encoding. Raises DatasetError for what is no text."""
    if not start.removeprefix(codecs.BOM_UTF8).strip():
        raise DatasetError(f"{quoted(name)} is empty. Choose a file with a header and at least two rows.")
    if WEB_PAGE.match(start):
        raise DatasetError(f"{quoted(name)} is a web page, not a table. Download the file itself.")
    foreign = next((what for beginning, what in FOREIGN if start.startswith(beginning)), "")
    if what := foreign or ("JSON" if JSON.match(start) else ""):
        raise DatasetError(f"{quoted(name)} is {what}, not a table. Save the table as CSV, .xlsx or Parquet.")
    for mark, marked in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return len(mark), marked
    return 0, encoding or guess_encoding(start[: start.rfind(b"\n") + 1] or start)


def _decoded(stream: BufferedReader | gzip.GzipFile, name: str, encoding: str, most: int) -> Iterator[bytes]:
    """Yield the text in UTF-8, checked, a chunk at a time."""
    decoder = codecs.getincrementaldecoder(encoding)("strict" if encoding == "utf-8" else "replace")
    line, total = 0, 0
    while chunk := stream.read(min(CHUNK, most - total) if most else CHUNK):
        total += len(chunk)
        characters = decoder.decode(chunk)  # raises UnicodeDecodeError
        text = chunk if encoding == "utf-8" else characters.encode()
        if b"\0" in text:
            raise DatasetError(
                f"{quoted(name)} has NUL bytes: it is not text, or it is damaged. Save the table again as CSV (UTF-8)."
            )
        first, last = _ends_of_lines(text)
        line = line + len(text) if last < 0 else max(line + first, len(text) - last)
        if line > LONGEST_LINE:
            raise DatasetError(
                f"{quoted(name)} has a line of more than {LONGEST_LINE:,} bytes, the longest allowed. "
                "Save the table with one row per line."
            )
        line = line if last < 0 else len(text) - last
        if total > LARGEST:
            raise DatasetError(f"{quoted(name)} has more than {LARGEST >> 30} GB of text. Import a part of it.")
        yield text


def _ends_of_lines(text: bytes) -> tuple[int, int]:
    """Return where the first and the last line ends; -1 if none does."""
    firsts = [place for end in (b"\n", b"\r") if (place := text.find(end)) >= 0]
    return min(firsts, default=-1), max(text.rfind(b"\n"), text.rfind(b"\r"))
