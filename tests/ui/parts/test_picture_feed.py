"""The pictures of examples that a page asks for one by one."""

import io

import numpy as np
import pytest
from PIL import Image

from mlp import load_dataset
from tests.ui.asking import ask
from ui.parts.picture_feed import picture_address


def test_a_picture_is_the_example_as_ink_on_nothing() -> None:
    answer = ask(picture_address("digits") + "3")
    assert answer.status == 200
    black, opaque = np.moveaxis(np.asarray(Image.open(io.BytesIO(answer.body)), np.float64), -1, 0)
    assert not black.any()
    example = load_dataset("digits").validation.inputs[3]
    np.testing.assert_allclose(opaque.reshape(-1), example * 255.0 / 16, atol=0.51)


@pytest.mark.parametrize(("dataset", "row"), [("digits", 10**9), ("digits", -1), ("moons", 0), ("../etc/passwd", 0)])
def test_there_is_no_other_picture(dataset: str, row: int) -> None:
    assert ask(f"{picture_address(dataset)}{row}").status == 404
