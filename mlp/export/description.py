"""A description says what a file of numbers leaves out: what goes into the network, and what its outputs mean.

It is one JSON object, in the metadata of every file that has weights.
"""

import json
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from mlp.config import ConfigError, RunConfig
from mlp.datasets import CLASSIFICATION, FEATURES, REGRESSION, Dataset, DatasetInfo, Split
from mlp.datasets.dataset import Table, Target
from mlp.datasets.drawing import on_paper, pixel_range
from mlp.datasets.own.plan import TURNED
from mlp.datasets.preprocessing import CategoryColumn, Column, Preprocessing
from mlp.export.format import OpeningError
from mlp.text import quoted
from mlp.training import Model

KEY = "mlp"  # of the metadata
VERSION = 1  # of this description
MOST_COUNTED = 2**63 - 1
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
    table, state = model.dataset.table, model.state
    description: dict[str, Any] = {
        "version": VERSION,
        "sizes": model.sizes,
        "activation": model.config.activation,
        "settings": asdict(model.config),
        "data": about_data(model.dataset),
        "preprocessing": table and json.loads(table.preprocessing.to_json()),
        "trained": {"step": state.step, "epoch": state.epoch, "examples": state.examples},
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
    }
    return json.dumps(description, ensure_ascii=False)


def about_data(dataset: Dataset) -> dict[str, Any]:
    """Return what is known about a data set, as JSON has it."""
    info, dtype = dataset.info, dataset.train.inputs.dtype
    seen: dict[str, Any] = {}  # what drawings need to know of the images, which the file leaves out
    if info.image_shape and on_paper(dataset):
        seen["on_paper"] = True
    if info.image_shape and dtype != np.uint8:
        low, high = pixel_range(dataset)
        seen |= {"float_range": (low, high)} if low < high else {}
    return {
        **{field: getattr(info, field) for field in DATA},
        "target": info.target and info.target._asdict(),
        "turned": info.turned,
        "pixel_range": info.pixel_range,
        **seen,
        "dtype": dtype.name,  # of an example before it is scaled
    }


@dataclass(frozen=True)
class Description:
    """What a file from here says about its network."""

    config: RunConfig
    info: DatasetInfo
    dtype: str  # of an example before it is scaled
    preprocessing: Preprocessing | None  # of a table
    trained: Mapping[str, Any]  # how long: its state's step, epoch and examples

    def empty_dataset(self) -> Dataset:
        """Return a data set like the one that it was trained on, without examples."""
        return empty_dataset(self.info, self.dtype, self.preprocessing)


def empty_dataset(info: DatasetInfo, dtype: str, preprocessing: Preprocessing | None = None) -> Dataset:
    """Return a data set without examples."""
    width = 2 if info.features else info.inputs
    none = Split(np.empty((0, width), dtype), np.empty(0, np.uint8))
    table = None
    if preprocessing:
        raw = np.empty((0, len(preprocessing.columns)), np.float32)
        table = Table(preprocessing, raw, raw, raw)
    return Dataset(info, none, none, none, table)


def read_description(text: str, sizes: Sequence[int]) -> Description:
    """Read what `describe` wrote, for a network of these sizes. The text is from outside: each value is checked.

    Raises OpeningError for a description that no network from here has.
    """
    try:
        found = json.loads(text)
        if found["version"] > VERSION:
            raise OpeningError("It was made by a newer version of this program. Update this one.")
        config = RunConfig.from_json(json.dumps(found["settings"]))
        data, written = found["data"], found["preprocessing"]
        preprocessing = None if written is None else Preprocessing.from_json(json.dumps(written))
        info = _info(data)
        _check("settings", config.hidden == tuple(sizes[1:-1]))
        _check("data", (info.inputs, info.classes) == (sizes[0], sizes[-1]))
        _check("dtype", data["dtype"] in ("uint8", "float32", "float64"))
        if preprocessing:
            _check("preprocessing", preprocessing.width == info.columns)
            for column in preprocessing.columns:
                _check_column(column)
        trained = {name: found["trained"][name] for name in ("step", "epoch", "examples")}
        _check("trained", all(map(_is_count, trained.values())))
        return Description(config, info, data["dtype"], preprocessing, trained)
    except ConfigError as error:
        raise OpeningError(f"Its settings can't be used: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError) as error:
        if isinstance(error, OpeningError):
            raise
        what = f"{quoted(error.args[0])} is missing" if isinstance(error, KeyError) else quoted(str(error))
        raise OpeningError(f"Its description can't be understood: {what}. Export the network again.") from error


def _info(data: Mapping[str, Any]) -> DatasetInfo:
    """Return what is known about the data. Raises ValueError for anything that can't be."""
    values = {field: data[field] for field in DATA}
    for field in ("name", "label", "goal", "description", "source", "license"):
        _check(field, _is_text(values[field]))
    for field in ("train", "validation", "test", "columns"):
        _check(field, _is_count(values[field]))
    for field in ("class_names", "features"):
        values[field] = tuple(values[field])
        _check(field, all(map(_is_text, values[field])))
    _check("features", set(values["features"]) <= set(FEATURES))
    _check("task", values["task"] in (CLASSIFICATION, REGRESSION))
    _check("scale", _is_number(values["scale"]) and values["scale"] > 0)
    shape, target = values["image_shape"], data["target"]
    turned = data.get("turned")  # earlier versions did not write it
    if turned is not None:
        values["turned"] = tuple(turned)
        _check("turned", set(values["turned"]) <= set(TURNED))
    for field in ("pixel_range", "float_range"):
        if data.get(field) is not None:
            values[field] = (low, high) = tuple(data[field])
            _check(field, _is_number(low) and _is_number(high) and low < high)
    values["on_paper"] = data.get("on_paper", False)
    _check("on_paper", isinstance(values["on_paper"], bool))
    if shape is not None:
        values["image_shape"] = (rows, columns) = tuple(shape)
        _check("image_shape", type(rows) is type(columns) is int and min(rows, columns) > 0)
    if target is not None:
        values["target"] = Target(**target)
        numbers = _is_number(target["mean"]) and _is_number(target["scale"]) and target["scale"] > 0
        _check("target", numbers and _is_text(target["name"]))
    _check("class_names", len(values["class_names"]) == 1 or values["task"] == CLASSIFICATION)
    return DatasetInfo(**values)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max  # JSON's integers have no bound


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_COUNTED


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not re.search("[\ud800-\udfff]", value)  # JSON has halves of letters, too


IS_SOUND: dict[Any, Callable[[Any], bool]] = {
    str: _is_text,
    bool: lambda value: isinstance(value, bool),
    float: _is_number,
    tuple[float, ...]: lambda value: isinstance(value, tuple) and all(map(_is_number, value)),
    tuple[str, ...]: lambda value: isinstance(value, tuple) and all(map(_is_text, value)),
}


def _check_column(column: Column) -> None:
    for field in fields(column):
        _check(f"column's {field.name}", IS_SOUND[field.type](getattr(column, field.name)))
    _check("column's scale", isinstance(column, CategoryColumn) or column.scale > 0)


def _check(what: str, sound: bool) -> None:
    if not sound:
        raise ValueError(f"wrong {what}")
