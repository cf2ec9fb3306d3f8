"""The fold of the sidebar for augmentation: its sliders, and examples before and after."""

from typing import Any

import numpy as np
import streamlit as st

from mlp.config import SETTINGS
from mlp.datasets import load_dataset
from mlp.network.layers import Array
from mlp.text import counted
from mlp.training import inputs_of
from mlp.training.augmentation import augmenter
from ui.parts.component import component
from ui.parts.controls import Widgets
from ui.parts.notices import in_sentences
from ui.parts.pictures import address_of, in_gray
from ui.parts.session import own_session
from ui.parts.settings import config_of, train_controls
from ui.train.session import TrainSession
from ui.train.settings import Fragment

HTML = """<div class="mlp-augmentation">
  <p>Training images</p><div class="before ink" role="img" aria-label="Unchanged training images"></div>
  <p>Changed, in three epochs</p><div class="after ink" role="img"></div>
  <p class="why">Every epoch changes each training image differently, so the network can't memorize it. Training
  accuracy is measured on changed images, so it may be below validation accuracy.</p>
</div>"""
SHOWN, EPOCHS = 6, 3
GAP = 2  # pixels between images

# How each slider's values are written, and which it has.
SLIDERS = {
    "shift": ("{:g} px".format, (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)),
    "rotation": ("{:g}°".format, (0.0, 3.0, 5.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 45.0, 90.0, 180.0)),
    "scaling": (SETTINGS["scaling"].show, (0.0, 0.05, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5)),
    "shear": (SETTINGS["shear"].show, (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)),
    "elastic": ("{:g}".format, (0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 34.0, 37.0, 40.0, 50.0, 70.0, 100.0)),
    "elastic_smoothness": ("{:g} px".format, (1.0, 2.0, 3.0, 4.0, 5.0, 5.5, 6.0, 8.0, 10.0)),
    "pixel_noise": (SETTINGS["pixel_noise"].show, (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)),
    "cutout": (SETTINGS["cutout"].show, (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)),
}


def augmentation(draw: Widgets) -> None:
    """Draw examples before and after, and the controls that change them."""
    if own_session(TrainSession).has_data(train_controls().value("dataset")):
        _examples()
    for name, (show, marks) in SLIDERS.items():
        if name != "elastic_smoothness" or train_controls().value("elastic"):  # of no use without the other
            draw.scale(name, marks, show)
    draw.switch("flip")


@st.fragment(key=Fragment.AUGMENTED)
@in_sentences()
def _examples() -> None:
    """Show some training images before and after."""
    component("train/augmentation", HTML)(key="augmented", data=content(train_controls().values()))


def content(values: dict[str, Any]) -> dict[str, Any]:
    """Return some training images, and as they are in the first mini-batch of three epochs with these settings."""
    config = config_of(values)
    dataset = load_dataset(config.dataset)
    shape = dataset.info.image_shape
    assert shape is not None
    chosen = np.linspace(0, dataset.info.train - 1, SHOWN).astype(np.intp)
    before = inputs_of(dataset, dataset.train.inputs[chosen])
    augment = augmenter(config, dataset)
    after = [augment(before, epoch, 0) if augment else before for epoch in range(EPOCHS)]
    kinds = len(config.augmentations)
    how = counted(kinds, "kind of change", "kinds of change") if kinds else "not changed"
    gray = in_gray(dataset)
    return {
        "before": _sheet([before], shape, gray),
        "after": _sheet(after, shape, gray),
        "gray": gray,
        "words": f"The same images: {how}",
    }


def _sheet(images: list[Array], shape: tuple[int, int], gray: bool) -> dict[str, Any]:
    """Return rows of images [count, pixels] as one picture, with gaps between them."""
    rows, columns = shape
    cells = np.zeros((len(images), SHOWN, rows + GAP, columns + GAP), np.uint8)
    cells[..., GAP:, GAP:] = np.rint(255 * np.clip(images, 0, 1)).reshape(len(images), SHOWN, rows, columns)
    sheet = cells.swapaxes(1, 2).reshape(len(images) * (rows + GAP), SHOWN * (columns + GAP))
    return {"picture": address_of(sheet, gray), "ratio": sheet.shape[1] / sheet.shape[0]}
