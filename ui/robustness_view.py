"""Robustness: what is left of the accuracy when the validation images are moved, turned, sized, noisy or covered."""

from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from mlp.charts.robustness import robustness as robustness_chart
from mlp.charts.wording import percent
from mlp.distortions import KINDS, Distortion, distort
from mlp.inspection import class_probabilities, sample_choice
from mlp.layers import Array
from mlp.metrics import Answers
from mlp.training import TrainingState
from ui.board import board
from ui.component import THEMED
from ui.gallery import gallery
from ui.inspected import Inspected

SAMPLE = 500  # validation images, the same for every strength
SHOWN = 18

# Name, label, lowest, highest, nothing changed, step.
SLIDERS = (
    ("right", "Move right, pixels", -8.0, 8.0, 0.0, 0.5),
    ("down", "Move down, pixels", -8.0, 8.0, 0.0, 0.5),
    ("degrees", "Turn, degrees", -90.0, 90.0, 0.0, 5.0),
    ("size", "Size", 0.5, 2.0, 1.0, 0.05),
    ("noise", "Noise, of full ink", 0.0, 1.0, 0.0, 0.05),
    ("covered", "Cover, of each side", 0.0, 0.8, 0.0, 0.05),
)

_measured: WeakKeyDictionary[TrainingState, list[list[float]]] = WeakKeyDictionary()


def robustness(look: Inspected) -> None:
    """Show how a network does on distorted validation images."""
    if not look.dataset.is_images:
        st.info("Points can't be turned or covered; choose a data set of images.", icon=":material/info:")
        return
    columns = st.columns(3)
    chosen = {
        name: columns[index % 3].slider(label, low, high, start, step, key=f"distort_{name}")
        for index, (name, label, low, high, start, step) in enumerate(SLIDERS)
    }
    images, labels = _sample(look)
    plain, changed = _answers(look, images, labels, Distortion()), _answers(look, images, labels, Distortion(**chosen))
    if not plain.known.any():
        st.error("This network has no answers: its weights have left the finite numbers. Choose an earlier moment.")
        return
    st.markdown(
        f"**{percent(float(changed.right.mean()))}** of {len(labels)} validation images are right like this, "
        f"{percent(float(plain.right.mean()))} as they are."
    )
    distorted = _distorted(look, images[:SHOWN], Distortion(**chosen))
    shown = Answers(changed.probabilities[:SHOWN], labels[:SHOWN])
    gallery(look.dataset, distorted, shown, range(SHOWN), key="distorted")
    columns = st.columns(3)
    for index, (kind, accuracies) in enumerate(zip(KINDS, _curves(look, images, labels), strict=True)):
        with columns[index % 3]:
            chart = robustness_chart(kind, accuracies, palette=THEMED)
            board({kind.field: chart}, key=f"robustness_{kind.field}")


def _sample(look: Inspected) -> tuple[Array, Array]:
    chosen = sample_choice(look.dataset, SAMPLE)
    return np.asarray(look.dataset.validation.images[chosen]), np.asarray(look.dataset.validation.labels[chosen])


def _distorted(look: Inspected, images: Array, how: Distortion) -> Array:
    assert look.dataset.image_shape is not None
    return distort(images, look.dataset.image_shape, 1 / look.dataset.scale, how)


def _answers(look: Inspected, images: Array, labels: Array, how: Distortion) -> Answers:
    distorted = _distorted(look, images, how)
    return Answers(class_probabilities(look.config, look.dataset, look.state, distorted), labels)


def _curves(look: Inspected, images: Array, labels: Array) -> list[list[float]]:
    """Return the accuracy at each strength of each kind; measured once for a state."""
    if look.state not in _measured:
        _measured[look.state] = [
            [
                float(_answers(look, images, labels, Distortion(**{kind.field: strength})).right.mean())
                for strength in kind.strengths
            ]
            for kind in KINDS
        ]
    return _measured[look.state]
