"""Every bad file gets its sentence: it leaves nothing behind, prints no traceback, and takes bounded memory.

All are imported as the command line does it, each by a process of its own with a limit on its memory: what an allocator
keeps of one file would count for the next.
"""

import gzip
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from tests.picture_files import empty_png, shade

MEMORY = 1_000_000_000  # bytes that the process may have beside files
MOST = 700  # MB that it may take, of which 220 are those of the libraries
IMPORTING = f"""
import os, resource, sys, traceback
from pathlib import Path
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
# Once, in place of in each process.
import duckdb, pyarrow.parquet, sklearn.impute, sklearn.preprocessing
import mlp.datasets.own.importing
from mlp.cli.own_data import import_data
from mlp.datasets import DatasetError
files, said = map(Path, sys.argv[1:])
for path in sorted(files.iterdir()):
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    try:
        text = "imported: " + import_data(path)[1]
    except DatasetError as error:
        text = str(error)
    except BaseException:
        text = traceback.format_exc()
    (said / path.name).write_text(text)
    os._exit(0)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def table(*rows: str, header: str = "a,b,class", count: int = 40) -> bytes:
    """A table of two numbers and two classes, with some other rows at its end."""
    usual = (f"{number / 7:.3f},{number * number % 11},{'AB'[number % 2]}" for number in range(count))
    return "\n".join([header, *usual, *rows, ""]).encode()


def zipped(files: Mapping[str, bytes], packed: bool = True) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def pictures(first: int = 0, **more: bytes) -> bytes:
    """Images of two classes, and some other files."""
    files = {f"{kind}/{number}.png": shade(first + number) for kind in ("cat", "dog") for number in range(8)}
    return zipped(files | {name.replace("__", "/").replace("_", "."): content for name, content in more.items()})


def encrypted() -> bytes:
    content = bytearray(pictures())
    for start, flag in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := content.find(start, at + 1)) >= 0:
            content[at + flag] |= 1
    return bytes(content)


def arrays(**named: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=True, **named)
    return file.getvalue()


def idx(*shape: int, content: bytes = b"") -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + content


def idx_pair(images: bytes, labels: bytes) -> bytes:
    return zipped({"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels}, packed=False)


def code_in_the_header() -> bytes:
    """An array whose header, read carelessly, would run code."""
    header = b"__import__('os').system('exit')\n"
    content = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header
    return zipped({"X.npy": content, "y.npy": content})


def gzip_bomb() -> bytes:
    """A gzip file that unpacks to a table of 100 MB."""
    file = io.BytesIO()
    rows = table(count=100_000)
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as packed:
        for _ in range(100_000_000 // len(rows)):
            packed.write(rows)
    return file.getvalue()


HTML = b"<!DOCTYPE html>\n<html><head><title>404, not found</title></head>\n<body>Sorry, no</body></html>\n"
PIXELS, CLASSES = np.zeros((60, 28, 28)), np.arange(60) % 3

# The files, and how the sentence about each begins, or what is in it.
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty.csv": (lambda: b"", "'empty.csv' is empty."),
    "mark.csv": (lambda: b"\xef\xbb\xbf\r\n", "'mark.csv' is empty."),
    "header.csv": (lambda: b"a,b,class\n", "'header.csv' has a header but no rows."),
    "one column.csv": (lambda: b"a\n1\n2\n3\n", "There is only one column"),
    "one class.csv": (lambda: table().replace(b"B", b"A"), "The target 'class' has only one class, 'A'"),
    "no target.csv": (lambda: b"a,class\n1,\n2,\n3,\n", "The target 'class' has no values."),
    "long line.csv": (lambda: b"a,b,class\n1,2,A\n" + b"7," * 2_000_000, "'long line.csv' has a line of more than"),
    "binary.csv": (lambda: np.random.default_rng(0).bytes(50_000), "'binary.csv' has NUL bytes"),
    "page.csv": (lambda: HTML, "'page.csv' is a web page, not a table. Download the file itself."),
    "page.csv.gz": (lambda: HTML, "'page.csv.gz' is a web page, not a table."),
    "packed page.gz": (lambda: gzip.compress(HTML), "'packed page.gz' is a web page, not a table."),
    "page.zip": (lambda: HTML, "'page.zip' is a web page, not a table."),
    "nul.csv": (lambda: table("1\0,2,A"), "'nul.csv' has NUL bytes"),
    "wide.csv": (lambda: table(header=",".join(map(str, range(10_000)))), "'wide.csv' has 10,000 columns; at most"),
    "open quote.csv": (lambda: table().replace(b"\n0", b'\n"0', 1), "or check its quotes."),
    "half.parquet": (lambda: b"PAR1" + bytes(99), "'half.parquet' is not a complete Parquet file."),
    "many classes.csv": (
        lambda: b"a,class\n" + b"".join(b"%d.5,k%d\n" % (number, number % 5000) for number in range(10_000)),
        "The target 'class' has 5,000 different values; at most 100 classes are allowed.",
    ),
    "bomb.zip": (lambda: pictures(cat__big_png=bytes(150_000_000)), "as a ZIP bomb does."),
    "dots.zip": (lambda: zipped({"../../evil.png": b"", "cat/1.png": b""}), "which leads out of it."),
    "absolute.zip": (lambda: zipped({"/etc/evil.png": b"", "cat/1.png": b""}), "which leads out of it."),
    "encrypted.zip": (encrypted, "encrypted.zip is encrypted."),
    "no folders.zip": (
        lambda: zipped({"1.png": shade(9), "2.png": shade(9)}),
        "At least 2 classes are needed; of 2 images, none is in the folder of a class. Put the images",
    ),
    "objects.npz": (lambda: arrays(X=np.array([{}] * 60), y=CLASSES), "holds Python objects, which could run code"),
    "code.npz": (code_in_the_header, "X.npy is not a NumPy array, or it is damaged. Save it again"),
    "short.zip": (lambda: idx_pair(idx(60, 8, 8, content=bytes(99)), idx(60)), "claims to hold 60 × 8 × 8 bytes"),
    "disagree.zip": (
        lambda: idx_pair(idx(9, 8, 8, content=bytes(576)), idx(5, content=bytes(5))),
        "holds 9 images, but train-labels-idx1-ubyte 5 labels.",
    ),
    "claims.zip": (
        lambda: idx_pair(idx(2**31, 28, 28, content=bytes(784)), idx(2**31, content=bytes(9))),
        "claims to hold 2,147,483,648 × 28 × 28",
    ),
}
# Files that have something wrong, which is left out and named. No two have the same rows, or they were one data set.
MENDED: dict[str, tuple[Callable[[], bytes], str]] = {
    "ragged.csv": (
        lambda: table("1", "1,2,A,3", count=30),
        "2 rows were left out for not having 3 values: line 32, 33.",
    ),
    "infinite target.csv": (
        lambda: b"a,y\n1,1e400\n" + b"".join(b"%d,%d.5\n" % (number * number % 7, number) for number in range(40)),
        "1 row left out: no value to predict.",
    ),
    "formula.csv": (lambda: table(header="=cmd|' /C calc'!A0,b,class"), "40 rows of 2 columns"),
    "html.csv": (lambda: table(header="<img src=x onerror=alert(1)>,**b**,class"), "40 rows of 2 columns"),
    "same names.csv": (lambda: table(header="a,a,class"), "40 rows of 2 columns"),
    "no names.csv": (lambda: table(header=",b,class"), "40 rows of 2 columns"),
    "glob*[a-z]'.csv": (table, "40 rows of 2 columns"),
    "pixels.zip": (
        lambda: pictures(cat__bomb_png=empty_png(30_000)),
        "1 image skipped: cat/bomb.png has more pixels than",
    ),
    "cut.zip": (lambda: pictures(9, dog__cut_png=shade(9)[:40]), "1 image skipped: dog/cut.png"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], float, list[str]]:
    """What is said about each file, the most memory that one took, in MB, and the data sets that are stored then."""
    folder, sentences = tmp_path_factory.mktemp("bad"), tmp_path_factory.mktemp("said")
    for name, (content, _) in (REFUSED | MENDED).items():
        (folder / name).write_bytes(content())
    (folder / "rows of a bomb.csv.gz").write_bytes(gzip_bomb())
    data, scratch = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("scratch")
    environment = {**os.environ, "MLP_DATA_DIR": str(data), "TMPDIR": str(scratch), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", IMPORTING, str(folder), str(sentences)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stderr == ""
    assert list(scratch.iterdir()) == []
    said = {path.name: path.read_text() for path in sentences.iterdir()}
    return said, float(done.stdout), [found.name for found in (data / "own").iterdir()]


@pytest.mark.parametrize("name", REFUSED)
def test_each_bad_file_gets_its_sentence(said: tuple[dict[str, str], float, list[str]], name: str) -> None:
    sentence = said[0][name]
    assert REFUSED[name][1] in sentence
    assert "Traceback" not in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", MENDED)
def test_what_is_wrong_in_a_good_file_is_named(said: tuple[dict[str, str], float, list[str]], name: str) -> None:
    assert said[0][name].startswith("imported: ")
    assert MENDED[name][1] in said[0][name]


def test_nothing_is_left_and_memory_is_bounded(said: tuple[dict[str, str], float, list[str]]) -> None:
    sentences, memory, stored = said
    names = {text.split(" is now own:")[1][:12] for text in sentences.values() if text.startswith("imported: ")}
    assert set(stored) == names
    assert memory < MOST
