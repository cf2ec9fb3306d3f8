"""The pictures of examples that a page asks for one by one."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlp import RunConfig, load_dataset
from mlp.datasets import roots
from mlp.inspection.predictions import predict
from tests.datasets.own.made import store_pictures
from tests.models import model_of
from tests.ui.asking import ask
from ui.parts.picture_feed import picture_address
from ui.train.gallery import content
from ui.train.predictions import shown_predictions


def test_a_picture_is_the_example_as_ink_on_nothing() -> None:
    answer = ask(picture_address("digits") + "3")
    assert answer.status == 200
    black, opaque = np.moveaxis(np.asarray(Image.open(io.BytesIO(answer.body)), np.float64), -1, 0)
    assert not black.any()
    example = load_dataset("digits").validation.inputs[3]
    np.testing.assert_allclose(opaque.reshape(-1), example * 255.0 / 16, atol=0.51)


def test_imported_images_are_shown_in_their_own_shades(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roots, "PROGRAM_DATA", tmp_path / "data")
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    name = store_pictures(np.random.default_rng(0).integers(0, 256, (40, 6, 5), dtype=np.uint8), np.arange(40) % 2)
    example = load_dataset(name).validation.inputs[1].reshape(6, 5)
    shown = Image.open(io.BytesIO(ask(picture_address(name) + "1").body))
    assert shown.mode == "L"
    assert np.array_equal(np.asarray(shown), example)
    model = model_of(RunConfig(dataset=name, hidden=(4,), batch_size=4))
    drawn = content(model.dataset, model.dataset.validation.inputs, predict(model), [0, 1])
    assert drawn["gray"]
    both = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn["pictures"].partition(",")[2]))))
    assert np.array_equal(both[:, 5:], example)
    panel = shown_predictions(model)
    assert panel is not None
    assert panel["gray"]


@pytest.mark.parametrize(("dataset", "row"), [("digits", 10**9), ("digits", -1), ("moons", 0), ("../etc/passwd", 0)])
def test_there_is_no_other_picture(dataset: str, row: int) -> None:
    assert ask(f"{picture_address(dataset)}{row}").status == 404
