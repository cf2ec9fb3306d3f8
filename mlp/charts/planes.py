"""A decision map shows a network's prediction at every point of the plane, and the validation points on it."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, layout
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.plane import DecisionMap
from mlp.network.layers import Array

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def decisions(
    plane: DecisionMap,
    points: Array,
    labels: Array,
    answers: Array,
    class_names: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Spec:
    """Color the plane by predicted class, stronger where more confident, and points by true class; ring wrong ones.

    `points` [n, 2], `labels` [n]: true classes, `answers` [n]: predicted classes.
    """
    classes = len(class_names)
    wrong = answers != labels
    right = f"{np.count_nonzero(~wrong)} of {len(labels)} correct"
    style = {"type": "scatter", "mode": "markers", "hoverinfo": "skip"}
    data = [_tint(plane, classes, palette)]
    for index, name in enumerate(class_names):
        mine = points[labels == index]
        marker = {
            "color": palette.classes[index],
            "symbol": SYMBOLS[index % len(SYMBOLS)],
            "size": 8,
            "line": {"color": palette.background, "width": 1.25},
        }
        data.append(style | {"x": mine[:, 0], "y": mine[:, 1], "name": name, "marker": marker})
    ring = {"symbol": "circle-open", "size": 16, "color": palette.wrong, "line": {"width": 3, "color": palette.wrong}}
    missed = points[wrong]
    data.append(style | {"x": missed[:, 0], "y": missed[:, 1], "name": "wrong", "marker": ring})
    return {
        "data": data,
        "layout": layout(
            "Decision map",
            f"Decision map with validation points, {right}.",
            palette,
            right,
            margin={"l": 40, "r": 8, "t": 34, "b": 52},
            showlegend=True,
            legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom", "yref": "container"}
            | {"itemclick": False, "itemdoubleclick": False, "tracegroupgap": 0},
            xaxis=axis(palette, range=[float(plane.x[0]), float(plane.x[-1])], nticks=5, showgrid=False),
            yaxis=axis(palette, range=[float(plane.y[0]), float(plane.y[-1])], nticks=5, showgrid=False),
            uirevision="zoom stays",
        ),
    }


def _tint(plane: DecisionMap, classes: int, palette: Palette) -> Spec:
    """Return the plane as one picture: each class has its own part of the levels 0 … 255, from unsure to sure."""
    levels = 255 // classes
    # 0 if all classes are equally likely, 1 if the prediction is certain.
    sureness = np.nan_to_num((plane.confidence * classes - 1) / (classes - 1)).clip(0, 1)
    picture = plane.classes * levels + np.rint(sureness * (levels - 1))
    highest = classes * levels - 1
    scale = []
    for index in range(classes):
        scale.append([index * levels / highest, palette.background])
        scale.append([(index * levels + levels - 1) / highest, palette.classes[index]])
    return {
        "type": "heatmap",
        "x": plane.x,
        "y": plane.y,
        "z": picture.astype(np.uint8),
        "zmin": 0,
        "zmax": highest,
        "colorscale": scale,
        "showscale": False,
        "opacity": 0.5,
        "hoverinfo": "skip",
    }
