"""Curves show accuracy and loss over the run: how well the network does on what it learns from, and on what it doesn't.

What is drawn is bounded however long the run: of each curve some hundred points that keep its shape, peaks included.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from tsdownsample import MinMaxLTTBDownsampler

from mlp.charts.layout import Spec, axis, layout, note
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.wording import nats, percent
from mlp.history import Change, HistoryView
from mlp.inspection import round_up
from mlp.layers import Array

MOST_POINTS = 300  # of one curve
MOST_SMOOTHED = 200
FEW_POINTS = 40  # so few get a dot each
ENOUGH_POINTS = 12  # for the accuracy axis to leave out the first steep rise
MOST_MARKERS = 100
MOST_MARKER_LABELS, MOST_MARKER_LINES = 3, 3
ACCURACY_FLOORS = (0, 50, 70, 80, 90, 95, 98)  # percent at which the axis may begin
LABEL_GAP = 19  # pixels from one line's label to the next
LEAST_HEIGHT = 110  # pixels in which the labels must not collide


class Horizontal(NamedTuple):
    """A choice for the horizontal axis."""

    name: str  # of the history's column and of a change's field
    label: str
    tickformat: str


HORIZONTAL = {
    "epochs": Horizontal("progress", "epochs", ""),
    "examples": Horizontal("examples", "examples seen", "~s"),
    "seconds": Horizontal("seconds", "seconds", ""),
}


@dataclass(frozen=True)
class Curve:
    """One quantity over the run, as it is drawn."""

    name: str
    color: str
    width: float
    x: Array
    y: Array
    raw: tuple[Array, Array] | None  # x and y before smoothing, where it was smoothed
    latest: float  # as it was measured


def train_values(history: HistoryView, quantity: str) -> Array:
    """Return the training curve of "accuracy" or "loss": NaN where there is no point.

    It is the running mean over mini-batches, in whose place the whole training set's stands from where that was first
    measured to where it was last, and an epoch beyond.
    """
    running, whole = history[f"train_{quantity}"], history[f"full_train_{quantity}"]
    known = np.flatnonzero(np.isfinite(whole))
    if len(known) == 0:
        return running
    first, last = known[0], known[-1]
    values = running.copy()
    stop = len(values) if history["progress"][-1] - history["progress"][last] <= 1 else last + 1
    values[first:stop] = whole[first:stop]
    return values


def measured(values: Array) -> slice | Array:
    """Return where values are finite, as what picks them out: everything where it can, without copying."""
    finite = np.isfinite(values)
    return slice(None) if finite.all() else np.flatnonzero(finite)


def thin(x: Array, y: Array, most: int = MOST_POINTS) -> tuple[Array, Array]:
    """Return up to `most` of the points, those that make the shape: the first, the last, peaks and valleys.

    MinMaxLTTB: J. Van Der Donckt et al., 2023, arXiv:2305.00332.
    """
    if len(x) <= most:
        return x, y
    chosen = MinMaxLTTBDownsampler().downsample(x, y, n_out=most)  # type: ignore[no-untyped-call]
    return x[chosen], y[chosen]


def smooth(x: Array, y: Array, share: float, most: int = MOST_SMOOTHED) -> tuple[Array, Array]:
    """Return the exponential moving average at up to `most` points, evenly spread:

        m_i = (1 − s) Σ_{j ≥ 0} s^j y_{i−j} / (1 − s^{i+1})

    The divisor makes up for the average having begun at nothing, as in Adam. The sum ends where s^j is below 10⁻⁴.
    """
    index = np.unique(np.linspace(0, len(y) - 1, min(most, len(y))).astype(np.intp))
    memory = math.ceil(math.log(1e-4) / math.log(share))
    weights = share ** np.arange(memory)[::-1]  # of y_i last
    totals = np.cumsum(weights[::-1])
    averages = np.empty(len(index))
    for place, last in enumerate(index):
        window = y[max(last + 1 - memory, 0) : last + 1]
        averages[place] = window @ weights[-len(window) :] / totals[len(window) - 1]
    return x[index], averages


def axis_end(reached: float, whole: float = math.inf) -> float:
    """Return where a horizontal axis ends: in round steps, so that it rests while a curve grows."""
    return min(round_up(reached), whole) if reached > 0 else min(1.0, whole)


def accuracy(
    history: HistoryView,
    *,
    x: str = "epochs",
    end: float | None = None,
    smoothing: float = 0.0,
    changes: Sequence[Change] = (),
    step: int | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw accuracy in percent. `end` is where the horizontal axis ends; the last report where it is None.

    `step` is one that is looked at again: a line stands there.
    """
    history = history.outline
    curves = _curves(history, x, smoothing, "accuracy", 100, palette)
    words = [f"{curve.name} {percent(curve.latest / 100)}" for curve in curves]
    vertical = accuracy_axis(curves, palette)
    return _chart("Accuracy", curves, words, vertical, history, x, end, changes, step, palette, name_changes=True)


def loss(
    history: HistoryView,
    *,
    x: str = "epochs",
    end: float | None = None,
    smoothing: float = 0.0,
    log: bool = False,
    changes: Sequence[Change] = (),
    step: int | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw the mean cross-entropy in nats, else as the accuracy; `log` makes each power of ten as tall as the next."""
    history = history.outline
    curves = _curves(history, x, smoothing, "loss", 1, palette)
    words = [f"{curve.name} {nats(curve.latest)}" for curve in curves]
    vertical = loss_axis(curves, log, palette)
    return _chart("Loss in nats", curves, words, vertical, history, x, end, changes, step, palette, name_changes=False)


def accuracy_axis(curves: Sequence[Curve], palette: Palette) -> Spec:
    """Return the vertical axis for curves of accuracy in percent."""
    low = _accuracy_floor(curves)
    room = 0.04 * (100 - low)
    return axis(
        palette,
        range=[low - room, 100 + room],
        ticksuffix="\u202f%",
        nticks=6,
        uirevision="accuracy",
        hoverformat=".2f",
    )


def loss_axis(curves: Sequence[Curve], log: bool, palette: Palette) -> Spec:
    """Return the vertical axis for curves of loss in nats."""
    vertical = axis(palette, nticks=5, uirevision=f"loss {log}", hoverformat=".4g")
    if log:
        heights = np.concatenate([curve.y[curve.y > 0] for curve in curves]) if curves else np.empty(0)
        low, high = (heights.min(), heights.max()) if len(heights) else (0.1, 1)
        # As exponents: that is how Plotly wants the range of a logarithmic axis.
        vertical |= {
            "type": "log",
            "range": [math.log10(low) - 0.1, math.log10(high) + 0.1],
            "dtick": "D2" if high < 100 * low else 1,  # 1, 2, 5, 10, … or powers of ten alone
            "tickformat": "~g",
        }
    else:
        ends = [float(curve.y[-1]) for curve in curves]
        top = round_up(1.15 * max(float(np.quantile(_heights(curves), 0.9)), *ends)) if curves else 1.0
        vertical |= {"range": [-0.04 * top, 1.04 * top], "exponentformat": "power"}
    return vertical


def horizontal_axis(horizontal: Horizontal, end: float, palette: Palette) -> Spec:
    """Return the horizontal axis, from the run's beginning."""
    return axis(
        palette,
        range=[0, end],
        tickformat=horizontal.tickformat,
        showgrid=False,
        ticks="outside",
        showline=True,
        nticks=6,
        tickangle=0,
        uirevision=horizontal.name,
    )


def unit_note(horizontal: Horizontal, palette: Palette) -> Spec:
    """Return what the horizontal axis counts. It stands at its end, in line with its numbers."""
    unit = note(horizontal.label, 1, 0, palette.quiet, xref="paper", yref="paper", xanchor="left", yanchor="top")
    return unit | {"xshift": 24, "yshift": -4}


def _curves(
    history: HistoryView, x: str, smoothing: float, quantity: str, scale: float, palette: Palette
) -> list[Curve]:
    """Return the curves that have points, training first."""
    sources = (
        ("train", palette.train, 2.0, train_values(history, quantity)),
        ("validation", palette.validation, 2.75, history[f"validation_{quantity}"]),
    )
    curves = []
    for name, color, width, values in sources:
        known = measured(values)
        xs, ys = history[HORIZONTAL[x].name][known], values[known]
        if len(ys) == 0:
            continue
        points = [thin(xs, ys)]
        if smoothing and len(ys) > 1:
            points.append(smooth(xs, ys, smoothing))
        raw, drawn = ((places, scale * heights) for places, heights in (points[0], points[-1]))
        curves.append(Curve(name, color, width, *drawn, raw if len(points) > 1 else None, scale * float(ys[-1])))
    return curves


def _heights(curves: Sequence[Curve]) -> Array:
    """Return how high the curves run at even steps along them: reports come closer together at the start of a run."""
    return np.concatenate([np.interp(np.linspace(curve.x[0], curve.x[-1], 64), curve.x, curve.y) for curve in curves])


def _accuracy_floor(curves: Sequence[Curve]) -> float:
    """Return where the axis begins: as high as four fifths of the way allow, for what matters is near the top."""
    if sum(len(curve.x) for curve in curves) < ENOUGH_POINTS:
        return 0
    lowest = min(float(np.quantile(_heights(curves), 0.2)), *(float(curve.y[-1]) for curve in curves), 100.0)
    return max(floor for floor in ACCURACY_FLOORS if floor == 0 or lowest - floor >= 0.1 * (100 - floor))


def _chart(
    title: str,
    curves: Sequence[Curve],
    words: Sequence[str],
    vertical: Spec,
    history: HistoryView,
    x: str,
    end: float | None,
    changes: Sequence[Change],
    step: int | None,
    palette: Palette,
    name_changes: bool,
) -> Spec:
    horizontal = HORIZONTAL[x]
    if end is None:
        end = float(history[horizontal.name][-1]) if len(history) else 1.0
    shapes, notes = _markers(changes, horizontal, end, palette)
    if step is not None and len(history):
        place = float(np.interp(step, history["step"], history[horizontal.name]))
        line = {"color": palette.text, "width": 2}
        shapes.append({"type": "line", "x0": place, "x1": place, "y0": 0, "y1": 1, "yref": "paper", "line": line})
    return {
        "data": [trace for curve in curves for trace in _traces(curve)],
        "layout": layout(
            title,
            f"{title}: {', '.join(words) or 'nothing measured yet'}.",
            palette,
            margin={"l": 52, "r": 126, "t": 34, "b": 26},
            hovermode="x unified",
            xaxis=horizontal_axis(horizontal, end, palette),
            yaxis=vertical,
            shapes=shapes,
            annotations=[
                unit_note(horizontal, palette),
                *(notes if name_changes else []),
                *_line_ends(curves, words, vertical),
            ],
            uirevision="zoom stays",
        ),
    }


def _traces(curve: Curve) -> list[Spec]:
    """Return the line, its last point, and behind it what it was before smoothing."""
    style: Spec = {"type": "scatter", "name": curve.name, "line": {"color": curve.color, "width": curve.width}}
    mode = "lines+markers" if len(curve.x) <= FEW_POINTS else "lines"
    traces: list[Spec] = [
        style | {"x": float32(curve.x), "y": float32(curve.y), "mode": mode, "marker": _dot(curve, 5)},
        {"type": "scatter", "mode": "markers", "hoverinfo": "skip", "marker": _dot(curve, 9), "cliponaxis": False}
        | {"x": [float(curve.x[-1])], "y": [float(curve.y[-1])]},
    ]
    if curve.raw:
        x, y = curve.raw
        faint = {"mode": "lines", "opacity": 0.3, "hoverinfo": "skip", "line": style["line"] | {"width": 1.25}}
        traces.insert(0, style | faint | {"x": float32(x), "y": float32(y)})
    return traces


def _dot(curve: Curve, size: float) -> Spec:
    return {"color": curve.color, "size": size, "line": {"width": 0}}


def float32(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _line_ends(curves: Sequence[Curve], words: Sequence[str], vertical: Spec) -> list[Spec]:
    """Return a label right of each line's end, moved apart where two would lie over each other."""
    heights = [float(curve.y[-1]) for curve in curves]
    if vertical.get("type") == "log":
        heights = [math.log10(height) if height > 0 else vertical["range"][0] for height in heights]
    low, high = vertical["range"]
    places = [LEAST_HEIGHT * (height - low) / (high - low) for height in heights]  # pixels from below
    shifts = [0.0] * len(places)
    if len(places) == 2 and (missing := LABEL_GAP - abs(places[0] - places[1])) > 0:
        up = 0 if places[0] >= places[1] else 1
        shifts[up], shifts[1 - up] = missing / 2, -missing / 2
    return [
        note(f"<b>{text}</b>", float(curve.x[-1]), height, curve.color, xanchor="left", xshift=9, yshift=shift)
        for curve, text, height, shift in zip(curves, words, heights, shifts, strict=True)
    ]


def _markers(
    changes: Sequence[Change], horizontal: Horizontal, end: float, palette: Palette
) -> tuple[list[Spec], list[Spec]]:
    """Return a dotted line where each setting was changed, and for the latest few what was changed."""
    places = [float(getattr(change, horizontal.name)) for change in changes[-MOST_MARKERS:]]
    line = {"color": palette.quiet, "width": 1.5, "dash": "dot"}
    path = "".join(f"M{place:.7g},0V1" for place in places)  # all of them, from the chart's bottom to its top
    shapes = [{"type": "path", "path": path, "yref": "paper", "layer": "below", "line": line}] if places else []
    notes, rows = [], 0
    for change, place in list(zip(changes[-MOST_MARKERS:], places, strict=True))[: -MOST_MARKER_LABELS - 1 : -1]:
        side = "right" if place > 0.75 * end else "left"  # there is room right of the chart, too
        lines = change.description.split(", ")
        if len(lines) > MOST_MARKER_LINES:
            lines[MOST_MARKER_LINES - 1 :] = ["…"]
        notes.append(
            note("<br>".join(lines), place, 0, palette.quiet, yref="paper", yanchor="bottom")
            | {"xanchor": side, "align": side, "xshift": -3 if side == "right" else 3}
            | {"yshift": 3 + 18 * rows, "name": "change"}
        )
        rows += len(lines)
    return shapes, notes
