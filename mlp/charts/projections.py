"""Projections: examples as points; those that are alike to the network lie near each other."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, chart, color_of, escape
from mlp.charts.palette import LIGHT, Palette
from mlp.network.layers import Array

HEIGHT = 560  # pixels
SYMBOLS = ("circle", "square", "diamond", "cross", "x")


def projection(
    title: str,
    places: Array,
    rows: Array,
    labels: Array,
    answers: Array,
    class_names: Sequence[str],
    *,
    pictures: str = "",
    palette: Palette = LIGHT,
) -> Spec:
    """Draw examples at their places [examples, 2 or 3], colored by class; misclassified ones are ringed.

    `pictures` is the address to which an example's row number is added to get its picture.
    """
    flat = places.shape[1] == 2
    kind = "scatter" if flat else "scatter3d"
    wrong = labels != answers
    numbers = rows.astype(np.int32)
    traces = []
    for index, name in enumerate(class_names):
        mine = labels == index
        turn = index + index // len(palette.classes)  # a color comes back with another symbol
        marker = dict(color=color_of(index, palette), size=6 if flat else 3, symbol=SYMBOLS[turn % len(SYMBOLS)])
        hover = dict(customdata=numbers[mine], hovertemplate="%{fullData.name}, example %{customdata}<extra></extra>")
        traces.append(_points(kind, places[mine], name=escape(name), marker=marker, **hover))
    ring = dict(symbol="circle-open", size=12 if flat else 6, color=palette.wrong, line=dict(width=2))
    hover = dict(customdata=numbers[wrong], hovertemplate="predicted %{text}, example %{customdata}<extra></extra>")
    predicted = [escape(class_names[answer]) for answer in answers[wrong]]
    traces.append(_points(kind, places[wrong], name="misclassified", marker=ring, text=predicted, **hover))
    if flat:
        axes = dict(xaxis=dict(visible=False), yaxis=dict(visible=False, scaleanchor="x"))
    else:
        still = axis(palette) | dict(showticklabels=False, title=dict(text=""), showspikes=False)
        axes = dict(scene=dict(xaxis=still, yaxis=still, zaxis=still, aspectmode="data"))
    drawn = chart(
        title,
        f"{title} of {len(rows):,} validation examples, {int(wrong.sum()):,} of them misclassified.",
        traces,
        palette,
        f"{len(rows):,} validation examples",
        height=HEIGHT,
        margin=dict(l=8, r=8, t=34, b=8),
        showlegend=True,
        legend=dict(x=1.01, y=1, itemsizing="constant"),
        uirevision="camera stays",
        hovermode="closest",
        **axes,
    )
    drawn["layout"]["meta"]["pictures"] = pictures
    return drawn


def _points(kind: str, places: Array, **rest: object) -> Spec:
    coordinates = {name: np.ascontiguousarray(column) for name, column in zip("xyz", places.T, strict=False)}
    return dict(type=kind, mode="markers", **coordinates, **rest)
