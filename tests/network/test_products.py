"""Products in pieces are the same products."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlp.network import products
from mlp.network.products import SMALL, matmul


@pytest.fixture(autouse=True)
def any_processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Cut products, whatever this machine is."""
    products._pieces.cache_clear()
    monkeypatch.setattr(products, "leaves_small_ones_unpacked", lambda: True)
    yield
    products._pieces.cache_clear()


SHAPES = [(32, 784, 100), (784, 32, 100), (32, 200, 100), (128, 784, 100), (784, 128, 100), (128, 100, 200)]


@pytest.mark.parametrize(("rows", "inner", "columns"), SHAPES)
@pytest.mark.parametrize("transposed", ["neither", "left", "right"])
def test_pieces_are_small_and_give_the_whole(rows: int, inner: int, columns: int, transposed: str) -> None:
    rng = np.random.default_rng(0)
    left = rng.random((inner, rows)).T if transposed == "left" else rng.random((rows, inner))
    right = rng.random((columns, inner)).T if transposed == "right" else rng.random((inner, columns))
    out = np.full((rows, columns), np.nan)
    assert matmul(left, right, out=out) is out
    np.testing.assert_allclose(out, np.matmul(left, right), rtol=1e-12)
    assert np.array_equal(matmul(left, right), out)
    count = products._pieces(rows, inner, columns, transposed == "right")
    assert rows % count == 0
    assert rows // count * inner * columns <= SMALL or (count == 1 and rows * inner * columns > SMALL)


def test_the_products_of_the_tutorials_network_are_cut() -> None:
    assert [products._pieces(*shape, False) for shape in SHAPES[:2]] == [4, 4]
    assert products._pieces(*SHAPES[2], True) == 4


@given(rows=st.integers(1, 300), inner=st.integers(1, 300), columns=st.integers(1, 300), strided=st.booleans())
def test_any_shape_is_multiplied(rows: int, inner: int, columns: int, strided: bool) -> None:
    left, right = np.ones((rows, inner), np.float32), np.full((inner, columns), 2, np.float32)
    out = np.zeros((rows, 2 * columns), np.float32)[:, :columns] if strided else np.zeros((rows, columns), np.float32)
    matmul(left, right, out=out)
    assert (out == 2 * inner).all()
