"""A decision map shows a network's prediction at every point of the plane, and the validation points on it."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, chart, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.plane import DecisionMap
from mlp.network.layers import Array

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


def decisions(
    plane: DecisionMap,
    points: Array,
    labels: Array,
    correct: Array,
    class_names: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Spec:
    """Color the plane by predicted class, stronger where more confident, and points by true class; ring wrong ones.

    `points` [n, 2], `labels` [n]: true classes, `correct` [n]: whether they are predicted.
    """
    right = f"{np.count_nonzero(correct)} of {len(labels)} correct"
    x, y = ([float(places[0]), float(places[-1])] for places in (plane.x, plane.y))
    below = dict(orientation="h", x=0, xanchor="left", y=0, yanchor="bottom", yref="container", tracegroupgap=0)
    return chart(
        "Decision map",
        f"Decision map with validation points, {right}.",
        [_tint(plane, class_names, palette), *class_points(points, labels, ~correct, class_names, palette)],
        palette,
        right,
        margin=dict(l=40, r=8, t=34, b=52),
        showlegend=True,
        legend=below | dict(itemclick=False, itemdoubleclick=False),
        xaxis=dict(range=x, nticks=5, showgrid=False),
        yaxis=dict(range=y, nticks=5, showgrid=False),
        uirevision="zoom stays",
    )


def class_points(
    points: Array, labels: Array, wrong: Array, class_names: Sequence[str], palette: Palette, width: float = 3
) -> list[Spec]:
    """Return points [n, 2], a trace for each class, and rings of that width around the wrong ones."""
    traces = []
    edge = dict(color=palette.background, width=1.25)
    for index, name in enumerate(class_names):
        x, y = points[labels == index].T
        marker = dict(color=palette.classes[index], symbol=SYMBOLS[index % len(SYMBOLS)], size=8, line=edge)
        traces.append(trace("markers", x, y, name=name, marker=marker, hoverinfo="skip"))
    ring = dict(symbol="circle-open", size=16, color=palette.wrong, line=dict(width=width, color=palette.wrong))
    return [*traces, trace("markers", *points[wrong].T, name="wrong", marker=ring, hoverinfo="skip")]


def _tint(plane: DecisionMap, class_names: Sequence[str], palette: Palette) -> Spec:
    """Return the plane as one picture: each class has its own part of the levels, from unsure to sure."""
    classes = len(class_names)
    levels = 65535 // classes
    # 0 if all classes are equally likely, 1 if the prediction is certain.
    sureness = np.nan_to_num((plane.confidence * classes - 1) / (classes - 1)).clip(0, 1)
    picture = plane.classes * levels + np.rint(sureness * (levels - 1))
    highest = classes * levels - 1
    scale = []
    for index in range(classes):
        scale.append([index * levels / highest, palette.background])
        scale.append([(index * levels + levels - 1) / highest, palette.classes[index]])
    style = dict(zmin=0, zmax=highest, colorscale=scale, showscale=False, opacity=0.5, hoverinfo="skip")
    places = dict(x=plane.x, y=plane.y, z=picture.astype(np.uint16))
    return dict(type="heatmap", name="decision map", meta=dict(levels=levels, classes=class_names), **places, **style)
