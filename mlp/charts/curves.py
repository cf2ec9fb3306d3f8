"""Curves show accuracy and loss over the run: how well the network does on what it learns from, and on what it doesn't.

What is drawn is bounded however long the run: of each curve some hundred points that keep its shape, peaks included.
"""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from mlp.charts.curve_axes import (
    HORIZONTAL,
    QUANTITIES,
    DrawnCurve,
    Horizontal,
    horizontal_axis,
    on_axis,
    share_of,
    spread_out,
    unit_note,
    vertical_axis,
)
from mlp.charts.layout import Spec, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.thinning import smooth, thin
from mlp.inspection.regression import TargetScale
from mlp.network.layers import Array
from mlp.training.best import Best
from mlp.training.history import Change, HistoryView, last_known

FEW_POINTS = 40  # a curve of at most this many points has a dot at each
MOST_MARKERS = 100
MOST_MARKER_LABELS, MOST_MARKER_LINES = 3, 3
NO_TARGETS: Mapping[str, TargetScale] = MappingProxyType({})  # of a classification
# By whether the latest training figure is a running mean, and whether an average of the weights was measured. The
# thin dotted line and its label are what the weights reach without it.
MEASURES = {
    (True, False): "train: running mean · validation: measured",
    (False, False): "train and validation: measured",
    (True, True): "validation: averaged · dotted: unaveraged",
    (False, True): "averaged weights · dotted: unaveraged",
}
TRAIN_AND_VALIDATION = ("train", "validation")
UNAVERAGED = "unaveraged"  # of the validation set, by the latest weights, where an average of them predicts
DASHES = "8px,3px"  # of the validation curve, also on black-and-white paper; so short a gap hides no peak
LEFT, RIGHT = 52, 140  # pixels beside the axes, for their numbers and the lines' labels
LABEL_GAP = 19  # pixels from one line's label to the next
LEAST_HEIGHT = 110  # pixels in which the labels must not collide
EDGE = 8  # pixels from the lower axis to the middle of the lowest label


def train_values(history: HistoryView, quantity: str) -> Array:
    """Return the training curve of "accuracy" or "loss": NaN where there is no point.

    It is the running mean over mini-batches. Between the first and the last measurement of the whole training set,
    and for an epoch after it, those measurements replace it.
    """
    running, whole = history[f"train_{quantity}"], history[f"evaluated_train_{quantity}"]
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
    return last_known(train_values(history, "loss")) != history.last("evaluated_train_loss")  # NaN, too, is not itself


def measured(values: Array) -> slice | Array:
    """Return an index of the finite values; a slice, which copies nothing, if all are finite."""
    finite = np.isfinite(values)
    return slice(None) if finite.all() else np.flatnonzero(finite)


def values_of(
    history: HistoryView, split: str, quantity: str, targets: Mapping[str, TargetScale] = NO_TARGETS
) -> Array:
    """Return the curve of a quantity of "train", "validation" or UNAVERAGED, a value per report: NaN where unknown.

    Of a regression, R² and RMSE are computed from the loss and that split's scale in `targets`.
    """
    shown = QUANTITIES[quantity]
    if split == "train":
        values = train_values(history, shown.column)
    elif split == "validation":
        values = history[f"validation_{shown.column}"]
    else:
        values = history[f"unaveraged_validation_{shown.column}"]
    return shown.of(targets["train" if split == "train" else "validation"], values) if shown.of else values


def learning_curves(
    quantity: str,
    history: HistoryView,
    *,
    x: str = "epochs",
    end: float | None = None,
    smoothing: float = 0.0,
    log: bool = False,
    zoom: bool = False,
    changes: Sequence[Change] = (),
    step: int | None = None,
    best: Best | None = None,
    numbers: bool = True,
    targets: Mapping[str, TargetScale] = NO_TARGETS,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw "accuracy" in percent, from 0 to 100, or "loss", the mean cross-entropy in nats, from 0.

    Of a regression draw "r_squared" and "rmse"; `targets` (`target_scales`) are what these follow from the loss
    by.

    The horizontal axis goes to `end`, by default to the last report. With `zoom`, only the heights at which the curves
    end are shown; `log` gives each power of ten of the loss the same height. `step` is an earlier one to look at: a
    line and the values there mark it. `best` is the epoch to mark on the validation curve. Without `numbers`, the
    curves' ends have only their names. Only the chart of accuracy or R² says in words what was measured and changed.
    """
    horizontal, described = HORIZONTAL[x], not QUANTITIES[quantity].error
    if end is None:
        end = float(history[horizontal.name][-1]) if len(history) else 1.0
    place = None
    if step is not None and len(history):
        place = float(np.interp(step, history["step"], history[horizontal.name]))
    curves = drawn_curves(quantity, history, x, smoothing, step, targets, palette)
    valued = [curve for curve in curves if math.isfinite(curve.value)]
    written = {curve.name: f"{curve.name} {QUANTITIES[quantity].write(curve.value)}" for curve in valued}
    then = [] if place is None else [curve.value for curve in valued]
    vertical = vertical_axis(quantity, curves, log, zoom, then)
    finals = [float(curve.y[-1]) for curve in curves]
    shares = [share_of(on_axis(height, vertical), vertical) for height in finals]
    at_top = bool(shares) and min(shares) + max(shares) < 1  # the words of changes: away from the curves' labels
    shapes, notes = _markers(changes, horizontal, end, palette, at_top)
    # At most one number of each curve is written: the value at the step that is looked at, else the latest.
    numbered = written if numbers and place is None else {}
    ends = [numbered.get(curve.name, curve.name) for curve in curves]
    labels, dots = [], []
    if place is not None:
        line = dict(color=palette.text, width=2)
        shapes.append(dict(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=line))
        style = dict(bgcolor=palette.background, borderpad=1, name="then")
        labels = _labels(valued, list(written.values()), then, place, vertical, leftward=place > 0.55 * end, **style)
        dots = [_point(curve, place, curve.value) for curve in valued]
    # Right of where the longest line ends, there is nothing that a label could cover.
    farthest = max((float(curve.x[-1]) for curve in curves), default=0.0)
    if best:
        mark = _best_mark(best, quantity, history, x, targets, palette)
        (place_of_best,) = mark["x"]
        beside_axis, beside_labels = place_of_best < 0.08 * end, place_of_best > farthest - 0.08 * end
        side = "right" if beside_axis else "left" if beside_labels else "center"
        where = f"{'top' if QUANTITIES[quantity].error else 'bottom'} {side}"
        named = dict(mode="markers+text", text=["best"], textposition=where, textfont=dict(color=palette.validation))
        # No word on the values at a step, and none between the axis and the curves' labels, where there is no room.
        dots.append(mark if place is not None or (beside_axis and beside_labels) else mark | named)
    labels += _labels(curves, ends, finals, farthest, vertical, name="end")
    title = QUANTITIES[quantity].title
    return chart(
        title,
        f"{title}: {', '.join(written.values()) or 'nothing measured yet'}.",
        [drawn for curve in curves for drawn in _traces(curve)] + dots,
        palette,
        MEASURES[last_is_running(history), _is_averaged(history)] if described else "",
        margin=dict(l=LEFT, r=RIGHT, t=34, b=26),
        hovermode="x unified",
        xaxis=horizontal_axis(horizontal, end),
        yaxis=vertical,
        shapes=shapes,
        annotations=[unit_note(horizontal, palette), *(notes if described else []), *labels],
        uirevision="zoom stays",
    )


def drawn_curves(
    quantity: str,
    history: HistoryView,
    x: str,
    smoothing: float,
    step: int | None,
    targets: Mapping[str, TargetScale],
    palette: Palette,
    names: Sequence[str] = (*TRAIN_AND_VALIDATION, UNAVERAGED),
) -> list[DrawnCurve]:
    """Return those of the curves that have points, training first."""
    until, scale = history if step is None else history.until(step), QUANTITIES[quantity].scale
    looks = {
        "train": (palette.train, 2.0, "solid"),
        "validation": (palette.validation, 2.75, DASHES),
        UNAVERAGED: (palette.validation, 1.5, "dot"),
    }
    curves = []
    for name in names:
        values = values_of(history, name, quantity, targets)
        known = measured(values)
        xs, ys = history[HORIZONTAL[x].name][known], scale * values[known]
        if len(ys) == 0:
            continue
        drawn, raw = thin(xs, ys), None
        if smoothing and len(ys) > 1:
            # The thin line is there to be compared with; before smoothing, it would only be in the way.
            drawn, raw = smooth(xs, ys, smoothing), None if name == UNAVERAGED else drawn
        value = scale * last_known(values_of(until, name, quantity, targets))
        if name == UNAVERAGED and not _is_averaged(until):
            value = math.nan
        color, width, dash = looks[name]
        curves.append(DrawnCurve(name, color, width, *drawn, raw, value, dash))
    return curves


def _is_averaged(history: HistoryView) -> bool:
    """Return whether the latest measurement of the validation set was made without an average, too."""
    rows = np.flatnonzero(~np.isnan(history["validation_loss"]))
    return len(rows) > 0 and not np.isnan(history["unaveraged_validation_loss"][rows[-1]])


def _traces(curve: DrawnCurve) -> list[Spec]:
    """Return the line, its last point, and behind it the line before smoothing."""
    style = dict(color=curve.color, width=curve.width, dash=curve.dash)
    mode = "lines+markers" if len(curve.x) <= FEW_POINTS else "lines"
    traces = [
        trace(mode, float32(curve.x), float32(curve.y), name=curve.name, line=style, marker=_dot(curve, 5)),
        _point(curve, float(curve.x[-1]), float(curve.y[-1])),
    ]
    if curve.raw:
        faint = dict(opacity=0.3, hoverinfo="skip", line=style | {"width": 1.25})
        traces.insert(0, trace("lines", *map(float32, curve.raw), name=f"{curve.name}, not smoothed", **faint))
    return traces


def _point(curve: DrawnCurve, x: float | None, y: float) -> Spec:
    """Return one large dot."""
    return trace("markers", [x], [y], hoverinfo="skip", cliponaxis=False, marker=_dot(curve, 9))


def _best_mark(
    best: Best,
    quantity: str,
    history: HistoryView,
    x: str,
    targets: Mapping[str, TargetScale],
    palette: Palette,
) -> Spec:
    """Return a ring around the validation curve's best point."""
    row = np.flatnonzero(history["step"] == best.step)[-1]
    value = QUANTITIES[quantity].scale * values_of(history, "validation", quantity, targets)[row]
    ring = dict(color=palette.validation, size=13, symbol="circle-open", line=dict(width=2))
    place = float(history[HORIZONTAL[x].name][row])
    return trace("markers", [place], [float(value)], name="best", hoverinfo="skip", cliponaxis=False, marker=ring)


def _dot(curve: DrawnCurve, size: float) -> Spec:
    return dict(color=curve.color, size=size, line=dict(width=0))


def float32(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _labels(
    curves: Sequence[DrawnCurve],
    words: Sequence[str],
    heights: Sequence[float],
    place: float,
    vertical: Spec,
    leftward: bool = False,
    **style: object,
) -> list[Spec]:
    """Return a label beside a place for each curve, at its height there, moved apart where they would overlap."""
    heights = [on_axis(height, vertical) for height in heights]
    places = [LEAST_HEIGHT * share_of(height, vertical) for height in heights]  # pixels from below
    room = LEAST_HEIGHT - EDGE
    apart = spread_out([(up - EDGE) / room for up in places], LABEL_GAP / room)
    side, shift = ("right", -9) if leftward else ("left", 9)
    bold = [text if curve.dash == "dot" else f"<b>{text}</b>" for curve, text in zip(curves, words, strict=True)]
    return [
        note(text, place, y, curve.color, xanchor=side, xshift=shift, yshift=EDGE + room * to - up, **style)
        for curve, text, y, up, to in zip(curves, bold, heights, places, apart, strict=True)
    ]


def _markers(
    changes: Sequence[Change], horizontal: Horizontal, end: float, palette: Palette, at_top: bool
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
        inward = 3 + 18 * rows  # pixels from the chart's upper or lower edge
        up = dict(yanchor="top", yshift=-inward) if at_top else dict(yanchor="bottom", yshift=inward)
        room = dict(xanchor=side, align=side, xshift=shift, **up)
        notes.append(note("<br>".join(lines), place, int(at_top), palette.quiet, yref="paper", name="change", **room))
        rows += len(lines)
    return shapes, notes
