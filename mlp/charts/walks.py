"""One stage of a walk, drawn as the network: its units, the numbers known so far, and what is being calculated."""

from collections.abc import Mapping

import numpy as np

from mlp.charts.layout import FONT_SIZE, Spec, blank_axis, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.lessons.stages import Stage
from mlp.lessons.walk import Walk
from mlp.network.layers import Array

HEIGHT = 188  # pixels


def network(walk: Walk, stage: Stage, chosen: int, *, palette: Palette = LIGHT) -> Spec:
    """Draw the network, with the units and weights that one number of a stage involves in color.

    The larger a weight, the wider its line. Units show their values once those are known, and their slopes once the
    backward pass has reached them.
    """
    keys = [each.key for each in walk.stages]
    done = {each.key: each.result.values for each in walk.stages[: keys.index(stage.key) + 1]}
    detail, backward = stage.details[chosen], stage.key.startswith("d")
    color = palette.validation if backward else palette.train
    weights = [dense.weights for dense in walk.network.dense_layers]
    sizes = [len(weights[0]), *(each.shape[1] for each in weights), 1]
    data = []
    for column, matrix in enumerate([*weights, np.ones((sizes[-2], 1))]):
        for row, after in np.ndindex(matrix.shape):
            lit = (column, row, after) in detail.links
            width = 4.5 if lit else min(0.8 + 1.6 * abs(float(matrix[row, after])), 4.0)
            line = dict(color=color if lit else palette.grid, width=width)
            heights = [_upwards(row, sizes[column]), _upwards(after, sizes[column + 1])]
            data.append(trace("lines", [column, column + 1], heights, line=line, hoverinfo="skip"))
    notes = []
    small = dict(size=FONT_SIZE - 1)
    beside = dict(xanchor="left", xshift=25, yshift=13, bgcolor=palette.background, font=dict(size=FONT_SIZE - 2))
    for column, size in enumerate(sizes):
        values, slopes = _known(done, column, len(sizes) - 2)
        for row in range(size):
            lit, height = (column, row) in detail.units, _upwards(row, size)
            edge = dict(color=color if lit else palette.quiet, width=4 if lit else 1.5)
            marker = dict(size=38, color=palette.background, line=edge)
            data.append(trace("markers", [column], [height], marker=marker, hoverinfo="skip"))
            if values is not None:
                text = f"{values[row]:z.2f}".replace("-", "−")
                notes.append(note(text, column, height, palette.text, font=small))
            if slopes is not None:
                text = f"{slopes[row]:+z.2f}".replace("-", "−")
                notes.append(note(text, column, height, palette.validation, **beside))
    for column, name in enumerate(["inputs", *["hidden units"] * (len(sizes) - 3), "classes", "loss"]):
        notes.append(note(name, column, -1.75, palette.quiet, font=small))
    return chart(
        "The network",
        f"The network: {sizes[0]} inputs, {sizes[1]} hidden units, {sizes[-2]} classes, and the loss. "
        f"In color: what {stage.result.name} involves.",
        data,
        palette,
        "slopes are orange" if backward else "",
        height=HEIGHT,
        margin=dict(l=4, r=4, t=34, b=4),
        xaxis=blank_axis(range=[-0.45, len(sizes) - 0.5]),
        yaxis=blank_axis(range=[-2.0, 1.55]),
        annotations=notes,
    )


def _upwards(row: int, size: int) -> float:
    """Return a unit's height in its column: the first at the top, the column centered."""
    return (size - 1) / 2 - row


def _known(done: Mapping[str, Array], column: int, last: int) -> tuple[Array | None, Array | None]:
    """Return what is known about a column's units at a stage: their values, and the slopes of their sums."""
    if column == 0:
        return done["x"][0], None
    if column > last:
        return (done["loss"][0], None) if "loss" in done else (None, None)
    values = done.get(f"a{column}", done.get(f"z{column}"))
    if column == last and "logp" in done:
        values = np.exp(done["logp"])
    slopes = done.get(f"dz{column}", done.get(f"da{column}"))
    return None if values is None else values[0], None if slopes is None else slopes[0]
