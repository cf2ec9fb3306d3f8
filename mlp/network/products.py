"""Matrix products, cut into the pieces that this machine multiplies fastest.

OpenBLAS first copies its operands into panels, unless the product is small and the processor has AVX-512. There, medium
products are faster in small pieces: at batch 32 the three of 784 → 100 → 200 that are cut take 50, 50 and 14 µs instead
of 61, 59 and 24, and a whole step takes 9 % less (`make bench`). On other processors nothing is cut.
"""

import functools

import numpy as np

UNPACKED = {"SkylakeX", "Cooperlake", "SapphireRapids"}  # OpenBLAS's names for its kernels
SMALL = 1_000_000  # multiplications
SMALL_TRANSPOSED = 1_000  # numbers in a piece of the result, if the right operand is a transposed view
LEAST_ROWS = 8  # of a piece
MIDDLING = 12_000_000  # multiplications; from there on the copies pay off


def matmul(left: np.ndarray, right: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return left · right, like np.matmul; the last bits depend on the pieces.

    left: [rows, inner], contiguous or a transposed view; right: [inner, columns].
    """
    rows, inner = left.shape
    columns = right.shape[1]
    if out is None:
        out = np.empty((rows, columns), np.result_type(left, right))
    count = _pieces(rows, inner, columns, not right.flags.c_contiguous)
    if count == 1 or not out.flags.c_contiguous:
        return np.matmul(left, right, out=out)
    if left.flags.c_contiguous:
        pieces = left.reshape(count, rows // count, inner)
    else:
        pieces = left.T.reshape(inner, count, rows // count).transpose(1, 2, 0)
    np.matmul(pieces, right, out=out.reshape(count, rows // count, columns))
    return out


@functools.cache
def _pieces(rows: int, inner: int, columns: int, transposed: bool) -> int:
    """Return into how many pieces of equal size a product is cut."""
    if rows * inner * columns > MIDDLING or not leaves_small_ones_unpacked():
        return 1
    most = SMALL // (inner * columns)
    if transposed:
        most = min(most, SMALL_TRANSPOSED // columns)
    fitting = (count for count in range(1, rows // LEAST_ROWS + 1) if rows % count == 0 and rows // count <= most)
    return next(fitting, 1)


@functools.cache
def leaves_small_ones_unpacked() -> bool:
    from threadpoolctl import threadpool_info  # imported here because the command line's help does not need it

    return any(library.get("architecture") in UNPACKED for library in threadpool_info())
