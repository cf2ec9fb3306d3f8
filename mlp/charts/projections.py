"""Projections: examples as points; those that are alike to the network lie near each other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mlp.charts.layout import Spec, axis, layout
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
    traces = []
    for index, name in enumerate(class_names):
        mine = labels == index
        marker = {"color": palette.classes[index], "size": 6 if flat else 3, "symbol": SYMBOLS[index % len(SYMBOLS)]}
        traces.append(
            _points(kind, places[mine], marker)
            | {
                "name": name,
                "customdata": rows[mine].astype(np.int32),
                "hovertemplate": f"{name}, example %{{customdata}}<extra></extra>",
            }
        )
    ring = {"symbol": "circle-open", "size": 12 if flat else 6, "color": palette.wrong, "line": {"width": 2}}
    said = [class_names[answer] for answer in answers[wrong]]
    traces.append(
        _points(kind, places[wrong], ring)
        | {"name": "misclassified", "customdata": rows[wrong].astype(np.int32), "text": said}
        | {"hovertemplate": "predicted %{text}, example %{customdata}<extra></extra>"}
    )
    spec_layout = layout(
        title,
        f"{title} of {len(rows):,} validation examples, {int(wrong.sum()):,} of them misclassified.",
        palette,
        f"{len(rows):,} validation examples",
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        showlegend=True,
        legend={"x": 1.01, "y": 1, "itemsizing": "constant"},
        annotations=[],
        shapes=[],
        uirevision="camera stays",
        hovermode="closest",
    )
    spec_layout["meta"]["pictures"] = pictures
    if flat:
        spec_layout |= {"xaxis": axis(palette, visible=False), "yaxis": axis(palette, visible=False, scaleanchor="x")}
    else:
        still = axis(palette, showticklabels=False, title={"text": ""}, showspikes=False)
        still.pop("fixedrange")
        spec_layout["scene"] = {"xaxis": still, "yaxis": still, "zaxis": still, "aspectmode": "data"}
    return {"data": traces, "layout": spec_layout}


def _points(kind: str, places: Array, marker: dict[str, Any]) -> Spec:
    names = ("x", "y", "z")[: places.shape[1]]
    return {"type": kind, "mode": "markers", "marker": marker} | {
        name: np.ascontiguousarray(places[:, number]) for number, name in enumerate(names)
    }
