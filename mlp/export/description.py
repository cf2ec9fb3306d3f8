"""A description says what a file of numbers leaves out: what goes into the network, and what its outputs mean.

It is one JSON object, in the metadata of every file that has weights.
"""

import json
import platform
from dataclasses import asdict
from typing import Any

import numpy as np

from mlp.text import known_or_none
from mlp.training import Model

KEY = "mlp"  # of the metadata
VERSION = 1  # of this description
DATA = (
    "name",
    "label",
    "task",
    "goal",
    "class_names",
    "image_shape",
    "features",
    "columns",
    "scale",
    "train",
    "validation",
    "test",
    "description",
    "source",
    "license",
)  # fields of DatasetInfo


def describe(model: Model) -> str:
    """Return the description of a network as JSON: architecture, settings, data, preprocessing, and versions."""
    info, table, state = model.dataset.info, model.dataset.table, model.state
    description: dict[str, Any] = {
        "version": VERSION,
        "sizes": model.sizes,
        "activation": model.config.activation,
        "settings": asdict(model.config),
        "data": {
            **{field: getattr(info, field) for field in DATA},
            "target": info.target and info.target._asdict(),
            "dtype": model.dataset.train.inputs.dtype.name,  # of an example before it is scaled
        },
        "preprocessing": table and json.loads(table.preprocessing.to_json()),
        "trained": {"steps": state.step, "epochs": known_or_none(model.progress), "examples": state.examples},
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
    }
    return json.dumps(description, ensure_ascii=False)
