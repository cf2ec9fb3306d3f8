"""Projections: examples as points; those that are alike to the network lie near each other."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, chart, color_of, escape, shortened
from mlp.charts.palette import LIGHT, Palette
from mlp.network.layers import Array

HEIGHT = 560  # pixels
SYMBOLS = ("circle", "square", "diamond", "cross", "x")
SIZES = {"cross": 6.0, "x": 2.5}  # in 3-D, where of one size a cross is hardly seen and an x is large; of others, 3


def projection(
    title: str,
    places: Array,
    rows: Array,
    labels: Array,
    answers: Array,
    class_names: Sequence[str],
    *,
    step: int,
    pictures: str = "",
    gray: bool = False,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw examples at their places [examples, 2 or 3] after a step, colored by class; misclassified ones are ringed.

    `pictures` is the address to which an example's row, counted from 0, is added to get its picture, which is `gray`
    or has ink alone.
    """
    flat = places.shape[1] == 2
    kind = "scatter" if flat else "scatter3d"
    wrong = labels != answers
    numbers = _numbers(rows)
    traces = []
    for index, name in enumerate(class_names):
        mine = labels == index
        turn = index + index // len(palette.classes)  # a color comes back with another symbol
        symbol = SYMBOLS[turn % len(SYMBOLS)]
        marker = dict(color=color_of(index, palette), size=6 if flat else SIZES.get(symbol, 3), symbol=symbol)
        names = dict(name=escape(shortened(name)), text=escape(name))  # for the legend; for the pointer, and the CSV
        hover = dict(customdata=numbers[mine], hovertemplate="%{text}, example %{customdata}<extra></extra>")
        traces.append(_points(kind, places[mine], **names, marker=marker, **hover))
    ring = dict(symbol="circle-open", size=12 if flat else 6, color=palette.wrong, line=dict(width=2))
    hover = dict(customdata=numbers[wrong], hovertemplate="predicted %{text}, example %{customdata}<extra></extra>")
    predicted = [escape(class_names[answer]) for answer in answers[wrong]]
    traces.append(_points(kind, places[wrong], name="misclassified", marker=ring, text=predicted, **hover))
    drawn = _placed(
        title,
        _whose(rows, step),
        f"{int(wrong.sum()):,} of them misclassified",
        traces,
        places,
        palette,
    )
    drawn["layout"]["meta"] |= {"pictures": pictures, "gray": gray}
    return drawn


def projection_of_numbers(
    title: str, places: Array, rows: Array, numbers: Array, target: str, *, step: int, palette: Palette = LIGHT
) -> Spec:
    """Draw examples of a regression at their places [examples, 2 or 3], colored by the true number, `target`."""
    marker = dict(
        color=numbers.astype(np.float32),
        colorscale=[[0, palette.train], [1, palette.validation]],
        showscale=True,
        colorbar=dict(title=dict(text=escape(shortened(target))), outlinewidth=0),
        size=7 if places.shape[1] == 2 else 4,
    )
    hover = dict(
        customdata=_numbers(rows),
        hovertemplate="%{marker.color:.4~g}, example %{customdata}<extra></extra>",
    )
    kind = "scatter" if places.shape[1] == 2 else "scatter3d"
    points = _points(kind, places, name="examples", showlegend=False, marker=marker, **hover)
    return _placed(title, _whose(rows, step), f"colored by {target}", [points], places, palette)


def _numbers(rows: Array) -> Array:
    """Return what a person calls the examples in these rows: as everywhere, they are counted from 1."""
    return (rows + 1).astype(np.int32)


def _whose(rows: Array, step: int) -> str:
    return f"{len(rows):,} validation examples after step {step:,}"


def _placed(title: str, whose: str, how: str, traces: list[Spec], places: Array, palette: Palette) -> Spec:
    """Return the chart of examples at their places, whose axes mean nothing."""
    if places.shape[1] == 2:
        axes = dict(xaxis=dict(visible=False), yaxis=dict(visible=False, scaleanchor="x"))
    else:
        still = axis(palette) | dict(showticklabels=False, title=dict(text=""), showspikes=False)
        axes = dict(scene=dict(xaxis=still, yaxis=still, zaxis=still, aspectmode="data"))
    return chart(
        title,
        f"{title} of {whose}, {how}.",
        traces,
        palette,
        whose,
        height=HEIGHT,
        margin=dict(l=8, r=8, t=34, b=8),
        showlegend=True,
        legend=dict(x=1.01, y=0.94, itemsizing="constant"),  # below Plotly's buttons
        uirevision="camera stays",
        hovermode="closest",
        **axes,
    )


def _points(kind: str, places: Array, **rest: object) -> Spec:
    coordinates = {name: np.ascontiguousarray(column) for name, column in zip("xyz", places.T, strict=False)}
    return dict(type=kind, mode="markers", **coordinates, **rest)
