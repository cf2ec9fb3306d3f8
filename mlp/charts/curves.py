"""Curves show accuracy and loss over the run: how well the network does on what it learns from, and on what it doesn't.

What is drawn is bounded however long the run: of each curve some hundred points that keep its shape, peaks included.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlp.charts.curve_axes import HORIZONTAL, Curve, Horizontal, accuracy_axis, horizontal_axis, loss_axis, unit_note
from mlp.charts.layout import Spec, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.thinning import smooth, thin
from mlp.charts.wording import nats
from mlp.network.layers import Array
from mlp.text import percent
from mlp.training.history import Change, HistoryView, last_known

FEW_POINTS = 40  # a curve of at most this many points has a dot at each
MOST_MARKERS = 100
MOST_MARKER_LABELS, MOST_MARKER_LINES = 3, 3
MEASURES = {True: "train: running mean · validation: measured", False: "train and validation: measured"}
SCALES = {"accuracy": 100, "loss": 1}
WRITERS = {"accuracy": lambda value: percent(value / 100), "loss": nats}
LEFT, RIGHT = 52, 126  # pixels beside the axes, for their numbers and the lines' labels
LABEL_GAP = 19  # pixels from one line's label to the next
LEAST_HEIGHT = 110  # pixels in which the labels must not collide
EDGE = 8  # pixels from the lower axis to the middle of the lowest label


def train_values(history: HistoryView, quantity: str) -> Array:
    """Return the training curve of "accuracy" or "loss": NaN where there is no point.

    It is the running mean over mini-batches. Between the first and the last measurement of the whole training set,
    and for an epoch after it, those measurements replace it.
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


def last_is_running(history: HistoryView) -> bool:
    """Return whether the latest point of the training curves is a running mean, not a measure of the whole set."""
    return last_known(train_values(history, "loss")) != history.last("full_train_loss")  # NaN, too, is not itself


def measured(values: Array) -> slice | Array:
    """Return an index of the finite values; a slice, which copies nothing, if all are finite."""
    finite = np.isfinite(values)
    return slice(None) if finite.all() else np.flatnonzero(finite)


def accuracy(
    history: HistoryView,
    *,
    x: str = "epochs",
    end: float | None = None,
    smoothing: float = 0.0,
    zoom: bool = False,
    changes: Sequence[Change] = (),
    step: int | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw accuracy in percent, from 0 to 100, or with `zoom` only the part in which the curves end.

    The horizontal axis goes to `end`, by default to the last report. `step` is an earlier one to look at: a line and
    the values there mark it.
    """
    curves = _curves(history, x, smoothing, "accuracy", palette)
    past = _Past.at(history, step, x, "accuracy")
    vertical = accuracy_axis(curves, zoom, past.heights)
    return _chart("Accuracy", "accuracy", curves, past, vertical, history, x, end, changes, palette)


def loss(
    history: HistoryView,
    *,
    x: str = "epochs",
    end: float | None = None,
    smoothing: float = 0.0,
    log: bool = False,
    zoom: bool = False,
    changes: Sequence[Change] = (),
    step: int | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw the mean cross-entropy from 0; all else as in `accuracy`. `log` gives each power of ten the same height."""
    curves = _curves(history, x, smoothing, "loss", palette)
    past = _Past.at(history, step, x, "loss")
    vertical = loss_axis(curves, log, zoom, past.heights)
    return _chart("Loss (lower is better)", "loss", curves, past, vertical, history, x, end, changes, palette)


def _curves(history: HistoryView, x: str, smoothing: float, quantity: str, palette: Palette) -> list[Curve]:
    """Return the curves that have points, training first."""
    sources = (
        ("train", palette.train, 2.0, train_values(history, quantity)),
        ("validation", palette.validation, 2.75, history[f"validation_{quantity}"]),
    )
    curves = []
    for name, color, width, values in sources:
        known, scale = measured(values), SCALES[quantity]
        xs, ys = history[HORIZONTAL[x].name][known], values[known]
        if len(ys) == 0:
            continue
        drawn, raw = thin(xs, ys), None
        if smoothing and len(ys) > 1:
            drawn, raw = smooth(xs, ys, smoothing), (drawn[0], scale * drawn[1])
        curves.append(Curve(name, color, width, drawn[0], scale * drawn[1], raw, scale * float(ys[-1])))
    return curves


@dataclass(frozen=True)
class _Past:
    """An earlier step that is looked at, if any: where it is on the horizontal axis, and each curve's value then."""

    place: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def at(cls, history: HistoryView, step: int | None, x: str, quantity: str) -> "_Past":
        if step is None or len(history) == 0:
            return cls()
        place = float(np.interp(step, history["step"], history[HORIZONTAL[x].name]))
        then = history.until(step)
        last = {
            "train": last_known(train_values(then, quantity)) if len(then) else math.nan,
            "validation": then.last(f"validation_{quantity}"),
        }
        return cls(place, {name: SCALES[quantity] * value for name, value in last.items() if math.isfinite(value)})

    @property
    def heights(self) -> tuple[float, ...]:
        return tuple(self.values.values())


def _chart(
    title: str,
    quantity: str,
    curves: Sequence[Curve],
    past: _Past,
    vertical: Spec,
    history: HistoryView,
    x: str,
    end: float | None,
    changes: Sequence[Change],
    palette: Palette,
) -> Spec:
    """Draw curves; only the chart of accuracy says in words what was measured and changed."""
    horizontal, write, words = HORIZONTAL[x], WRITERS[quantity], quantity == "accuracy"
    if end is None:
        end = float(history[horizontal.name][-1]) if len(history) else 1.0
    shapes, notes = _markers(changes, horizontal, end, palette)
    # Only one number of each curve is written: the value at the step that is looked at, else the latest.
    then: list[Spec] = []
    if past.place is None:
        written = [f"{curve.name} {write(curve.latest)}" for curve in curves]
        ends = _line_ends(curves, written, vertical)
    else:
        line = dict(color=palette.text, width=2)
        shapes.append(dict(type="line", x0=past.place, x1=past.place, y0=0, y1=1, yref="paper", line=line))
        seen = [curve for curve in curves if curve.name in past.values]
        written = [f"{curve.name} {write(past.values[curve.name])}" for curve in seen]
        ends = _line_ends(curves, [curve.name for curve in curves], vertical)
        then = _labels(seen, written, past.heights, past.place, past.place > 0.55 * end, vertical)
        then = [label | dict(bgcolor=palette.background, borderpad=1, name="then") for label in then]
    return chart(
        title,
        f"{title}: {', '.join(written) or 'nothing measured yet'}.",
        [drawn for curve in curves for drawn in _traces(curve)]
        + [_point(curve, past.place, past.values[curve.name]) for curve in curves if curve.name in past.values],
        palette,
        MEASURES[last_is_running(history)] if words else "",
        margin=dict(l=LEFT, r=RIGHT, t=34, b=26),
        hovermode="x unified",
        xaxis=horizontal_axis(horizontal, end),
        yaxis=vertical,
        shapes=shapes,
        annotations=[
            unit_note(horizontal, palette),
            *(notes if words else []),
            *then,
            *({"name": "end"} | label for label in ends),
        ],
        uirevision="zoom stays",
    )


def _traces(curve: Curve) -> list[Spec]:
    """Return the line, its last point, and behind it the line before smoothing."""
    style = dict(color=curve.color, width=curve.width)
    mode = "lines+markers" if len(curve.x) <= FEW_POINTS else "lines"
    traces = [
        trace(mode, float32(curve.x), float32(curve.y), name=curve.name, line=style, marker=_dot(curve, 5)),
        _point(curve, float(curve.x[-1]), float(curve.y[-1])),
    ]
    if curve.raw:
        faint = dict(opacity=0.3, hoverinfo="skip", line=style | {"width": 1.25})
        traces.insert(0, trace("lines", *map(float32, curve.raw), name=curve.name, **faint))
    return traces


def _point(curve: Curve, x: float | None, y: float) -> Spec:
    """Return one large dot."""
    return trace("markers", [x], [y], hoverinfo="skip", cliponaxis=False, marker=_dot(curve, 9))


def _dot(curve: Curve, size: float) -> Spec:
    return dict(color=curve.color, size=size, line=dict(width=0))


def float32(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _line_ends(curves: Sequence[Curve], words: Sequence[str], vertical: Spec) -> list[Spec]:
    """Return a label for each line, right of where the longest ends: there is nothing that it could cover."""
    end = max((float(curve.x[-1]) for curve in curves), default=0.0)
    return _labels(curves, words, [float(curve.y[-1]) for curve in curves], end, False, vertical)


def _labels(
    curves: Sequence[Curve],
    words: Sequence[str],
    heights: Sequence[float],
    place: float,
    leftward: bool,
    vertical: Spec,
) -> list[Spec]:
    """Return a label beside a place for each curve, at its height there, moved apart where they would overlap."""
    if vertical.get("type") == "log":
        heights = [math.log10(height) if height > 0 else vertical["range"][0] for height in heights]
    low, high = vertical["range"]
    places = [LEAST_HEIGHT * (height - low) / (high - low) for height in heights]  # pixels from below
    targets = [min(max(place, EDGE), LEAST_HEIGHT) for place in places]  # within the axes
    if len(places) == 2 and abs(targets[0] - targets[1]) < LABEL_GAP:
        half = LABEL_GAP / 2
        middle = min(max(sum(targets) / 2, EDGE + half), LEAST_HEIGHT - half)
        up = 0 if places[0] >= places[1] else 1
        targets[up], targets[1 - up] = middle + half, middle - half
    shifts = [target - place for target, place in zip(targets, places, strict=True)]
    side, shift = ("right", -9) if leftward else ("left", 9)
    return [
        note(f"<b>{text}</b>", place, height, curve.color, xanchor=side, xshift=shift, yshift=up)
        for curve, text, height, up in zip(curves, words, heights, shifts, strict=True)
    ]


def _markers(
    changes: Sequence[Change], horizontal: Horizontal, end: float, palette: Palette
) -> tuple[list[Spec], list[Spec]]:
    """Return a dotted line for each change of a setting, and a description of the latest few."""
    marked = [(change, float(getattr(change, horizontal.name))) for change in changes[-MOST_MARKERS:]]
    path = "".join(f"M{place:.7g},0V1" for _, place in marked)  # all of them, from the chart's bottom to its top
    line = dict(color=palette.quiet, width=1.5, dash="dot")
    shapes = [dict(type="path", path=path, yref="paper", layer="below", line=line)] if marked else []
    notes, rows = [], 0
    for change, place in marked[: -MOST_MARKER_LABELS - 1 : -1]:
        # There is room right of the chart, too.
        side, shift = ("right", -3) if place > 0.75 * end else ("left", 3)
        lines = change.description.split(", ")
        if len(lines) > MOST_MARKER_LINES:
            lines[MOST_MARKER_LINES - 1 :] = ["…"]
        room = dict(xanchor=side, align=side, xshift=shift, yanchor="bottom", yshift=3 + 18 * rows)
        notes.append(note("<br>".join(lines), place, 0, palette.quiet, yref="paper", name="change", **room))
        rows += len(lines)
    return shapes, notes
