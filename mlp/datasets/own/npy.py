"""An array in a file is written block by block, and read without loading all of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mlp.datasets.roots import writing
from mlp.files import sync


def write_array(
    path: Path, shape: tuple[int, ...], dtype: Any, blocks: Iterable[np.ndarray], by_column: bool = False
) -> None:
    """Write an array of that shape block by block: rows, or whole columns if `by_column`.

    Not through a mapping: a full disk would then kill the process instead of raising OSError.
    """
    kind = np.dtype(dtype)
    header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": by_column, "shape": shape}
    with writing(path.parent), open(path, "xb") as out:
        np.lib.format.write_array_header_1_0(out, header)
        for block in blocks:
            out.write(np.ascontiguousarray(block, kind).data)
        sync(out)


def open_array(path: Path) -> np.ndarray:
    """Map an array into memory, read-only. Raises OSError or ValueError if it is not there or broken."""
    # A plain view of the mapping: np.memmap's own indexing is slower.
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))
