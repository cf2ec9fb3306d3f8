"""An architecture diagram shows a network's layers, the connections between them, and the parameter counts."""

from itertools import pairwise, product

import numpy as np

from mlp.charts.layout import Spec, blank_axis, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.config import SETTINGS, RunConfig
from mlp.datasets import REGRESSION, DatasetInfo
from mlp.network.layers import ACTIVATIONS
from mlp.network.network import count_parameters
from mlp.text import compact

FEW_LAYERS = 5  # up to this many columns have room for whole words and numbers, and for more units
MOST_UNITS, MOST_UNITS_OF_MANY = 10, 8  # drawn in one column
TOP, BOTTOM = 0.87, 0.37  # of the chart's height: units are drawn between them
MIDDLE = (TOP + BOTTOM) / 2


def architecture(config: RunConfig, info: DatasetInfo, *, palette: Palette = LIGHT) -> Spec:
    """Draw the layers from input to output as columns of units."""
    sizes = config.sizes(info)
    places = np.linspace(0, 1, len(sizes))
    wide = len(sizes) > FEW_LAYERS
    most = MOST_UNITS_OF_MANY if wide else MOST_UNITS
    columns = [_heights(units, most) for units in sizes]
    total = f"{count_parameters(sizes):,} parameters"
    notes = [note(f"<b>{total}</b>", 0.5, -0.02, palette.text, yanchor="bottom", font={"size": 22})]
    for index, (place, units) in enumerate(zip(places, sizes, strict=True)):
        name, below = _words(config, info, index, wide)
        notes += [
            note(name, place, 0.97, palette.quiet, yanchor="middle"),
            note(f"<b>{units:,}</b>", place, 0.28, palette.text, font={"size": 16 if wide else 22}),
            note(below, place, 0.19, palette.quiet),
        ]
        if units > most:
            notes.append(note("<b>⋮</b>", place, MIDDLE, palette.text, font={"size": 22}))
    for (left, inputs), (right, outputs) in pairwise(zip(places, sizes, strict=True)):
        parameters = count_parameters((inputs, outputs))
        text = compact(parameters) if wide else f"{parameters:,}"
        style = dict(bgcolor=palette.background, borderpad=3, textangle=-90 if wide else 0)
        notes.append(note(text, (left + right) / 2, MIDDLE, palette.text, **style))
    marker = dict(size=13, color=palette.text, line=dict(color=palette.background, width=2))
    units_drawn = [
        trace("markers", [float(place)] * len(heights), heights, marker=marker, hoverinfo="skip")
        for place, heights in zip(places, columns, strict=True)
    ]
    return chart(
        "Network",
        f"Network: {' → '.join(f'{units:,}' for units in sizes)} units, "
        f"{SETTINGS['activation'].show(config.activation)}, {total}.",
        [_connections(places, columns, palette), *units_drawn],
        palette,
        margin=dict(l=8, r=8, t=34, b=4),
        xaxis=blank_axis(range=[-0.13, 1.13] if not wide else [-0.07, 1.07]),
        yaxis=blank_axis(range=[-0.02, 1.02]),
        annotations=notes,
    )


def _heights(units: int, most: int) -> list[float]:
    """Return the units' heights, from the top; for a large layer the first and last few, with room for dots between."""
    drawn = min(units, most)
    spacing = (TOP - BOTTOM) / (most - 1)
    heights = [round(MIDDLE + spacing * (0.5 * (drawn - 1) - index), 3) for index in range(drawn)]
    return heights if units <= most else heights[: most // 2 - 1] + heights[most // 2 + 1 :]


def _connections(places: np.ndarray, columns: list[list[float]], palette: Palette) -> Spec:
    """Return a line from every drawn unit to every unit of the next layer."""
    x, y = [], []
    for (left, starts), (right, ends) in pairwise(zip(places, columns, strict=True)):
        for start, end in product(starts, ends):
            x += [left, right, np.nan]
            y += [start, end, np.nan]
    style = dict(line=dict(color=palette.quiet, width=1), opacity=0.35, hoverinfo="skip")
    return trace("lines", np.array(x, np.float32), np.array(y, np.float32), **style)


def _words(config: RunConfig, info: DatasetInfo, index: int, wide: bool) -> tuple[str, str]:
    """Return a column's name, and the words below its number of units."""
    if index == 0:
        return "input", _inputs(info, wide)
    if index == len(config.hidden) + 1:
        return "output", "number" if info.task == REGRESSION else "classes"
    return f"{index}" if wide else f"hidden {index}", ACTIVATIONS[config.activations[index - 1]].label


def _inputs(info: DatasetInfo, wide: bool) -> str:
    if info.image_shape is None:
        return "coordinates" if info.kind == "points" else "numbers"
    rows, columns = info.image_shape
    return "pixels" if wide else f"{rows} × {columns} pixels"
