"""Comparison charts overlay the curves of runs.

Each line has its own color and dashes. A key on the right names it, at the height of its end if there is room.
"""

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Literal, NamedTuple

import numpy as np

from mlp.charts.curve_axes import HORIZONTAL, Curve, accuracy_axis, axis_end, horizontal_axis, loss_axis, unit_note
from mlp.charts.curves import SCALES, WRITERS, float32, measured, train_values
from mlp.charts.layout import PAPER, Spec, chart, color_of, escape, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.thinning import smooth, thin
from mlp.comparison.groups import Band, Group, Spread, band
from mlp.network.layers import Array
from mlp.training.history import HistoryView

Part = Literal["validation", "training"]

HEIGHT = 400  # pixels of a chart of curves
KEY_LEFT = 44  # pixels for the sample of the line
LETTER = 7.2  # pixels of the key, roughly
KEY_GAP = 21  # pixels from one name in the key to the next
KEY_LETTERS = 28  # a longer name takes two lines
KEY_LINE = 16  # pixels that the second line needs
TOP, BOTTOM = 34, 26
PLOT_HEIGHT = HEIGHT - TOP - BOTTOM
DASHES = ("solid", "dash", "dot", "dashdot")


class Line(NamedTuple):
    """A group as it is drawn."""

    curve: Curve
    dash: str
    band: Band | None
    value: str  # latest, at the last epoch that all its runs have reached


# ── Overlaid curves ───────────────────────────────────────────────────────────────────────────────────────────────


def compared_accuracy(
    groups: Sequence[Group],
    histories: Mapping[str, HistoryView],
    *,
    x: str = "epochs",
    part: Part = "validation",
    smoothing: float = 0.0,
    spread: Spread = "min–max",
    zoom: bool = False,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw the accuracy of each group in percent; of several seeds the mean, in a band that shows their spread.

    The axis goes from 0 to 100, or with `zoom` shows only the part in which the curves end.
    """
    lines = _lines(groups, histories, x, part, "accuracy", smoothing, spread, palette)
    vertical = accuracy_axis([line.curve for line in lines], zoom)
    return _overlay(f"{part.capitalize()} accuracy", lines, vertical, x, spread, palette)


def compared_loss(
    groups: Sequence[Group],
    histories: Mapping[str, HistoryView],
    *,
    x: str = "epochs",
    part: Part = "validation",
    smoothing: float = 0.0,
    spread: Spread = "min–max",
    log: bool = False,
    zoom: bool = False,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw the mean cross-entropy of each group in nats, on a logarithmic scale if `log`."""
    lines = _lines(groups, histories, x, part, "loss", smoothing, spread, palette)
    curves = [line.curve for line in lines]
    # One run that diverges must not flatten all the others.
    calm = [curve for curve in curves if curve.y[-1] <= 2 * curve.y[0]] or curves
    vertical = loss_axis(calm, log, zoom)
    return _overlay(f"{part.capitalize()} loss (lower is better)", lines, vertical, x, spread, palette)


def _lines(
    groups: Sequence[Group],
    histories: Mapping[str, HistoryView],
    x: str,
    part: Part,
    quantity: str,
    smoothing: float,
    spread: Spread,
    palette: Palette,
) -> list[Line]:
    """Return a line for each group that has been measured, in the style of its place in the list."""
    lines = []
    for index, group in enumerate(groups):
        known = _points(group, histories, x, part, quantity)
        if not known:
            continue
        around = band(known, spread) if len(known) > 1 else None
        if around is not None and len(around.x) == 0:  # they overlap nowhere
            continue
        xs, ys = (around.x, around.mean) if around else known[0]
        latest = float(ys[-1]) if x == "epochs" else _latest(group, histories, part, quantity)
        if smoothing and len(ys) > 1:
            if around:
                low, high = (smooth(xs, edge, smoothing)[1] for edge in (around.low, around.high))
                around = Band(*smooth(xs, ys, smoothing), low, high)
            xs, ys = smooth(xs, ys, smoothing)
        curve = Curve(group.label, color_of(index, palette), 2.5, *thin(xs, ys), None, latest)
        lines.append(Line(curve, DASHES[index % len(DASHES)], around, WRITERS[quantity](latest)))
    return lines


def _latest(group: Group, histories: Mapping[str, HistoryView], part: Part, quantity: str) -> float:
    """Return what a group has reached, by epochs: the same number, whatever the curves are drawn over."""
    known = _points(group, histories, "epochs", part, quantity)
    means = band(known, "min–max").mean if len(known) > 1 else known[0][1]
    return float(means[-1]) if len(means) else math.nan


def _points(
    group: Group, histories: Mapping[str, HistoryView], x: str, part: Part, quantity: str
) -> list[tuple[Array, Array]]:
    """Return the x and y of each run that has been measured."""
    found = []
    for history in (histories[run.id] for run in group.runs):
        values = train_values(history, quantity) if part == "training" else history[f"validation_{quantity}"]
        known = measured(values)
        found.append((history[HORIZONTAL[x].name][known], SCALES[quantity] * values[known]))
    return [points for points in found if len(points[0])]


def _overlay(title: str, lines: Sequence[Line], vertical: Spec, x: str, spread: Spread, palette: Palette) -> Spec:
    horizontal = HORIZONTAL[x]
    reached = max((float(line.curve.x[-1]) for line in lines), default=0.0)
    bands = [line for line in lines if line.band is not None]
    shapes, notes = _key(lines, [_share(float(line.curve.y[-1]), vertical) for line in lines], palette)
    longest = max((len(part) for line in lines for part in folded(line.curve.name).split("<br>")), default=0)
    values = ", ".join(f"{line.curve.name} {line.value}" for line in lines)
    return chart(
        title,
        f"{title}: {values or 'nothing measured yet'}.",
        [_band_trace(line) for line in bands] + [drawn for line in lines for drawn in _line_traces(line)],
        palette,
        f"mean over seeds, band: {spread}" if bands else "",
        height=HEIGHT,
        margin=dict(l=52, r=KEY_LEFT + LETTER * (9 + longest), t=TOP, b=BOTTOM),
        hovermode="closest",
        xaxis=horizontal_axis(horizontal, (reached or 1.0) if horizontal.name == "progress" else axis_end(reached)),
        yaxis=vertical,
        shapes=shapes,
        annotations=[unit_note(horizontal, palette, shift=12), *notes],
        legend=dict(orientation="h", x=0, y=-0.12, yanchor="top", font=dict(color=palette.text)),
        uirevision="zoom stays",
    )


def _line_traces(line: Line) -> list[Spec]:
    curve = line.curve
    name = dict(name=folded(curve.name), legendgroup=curve.name)
    style = dict(color=curve.color, width=curve.width, dash=line.dash)
    dot = dict(color=curve.color, size=8, line=dict(width=0))
    end = [float(curve.x[-1])], [float(curve.y[-1])]
    return [
        trace("lines", float32(curve.x), float32(curve.y), showlegend=True, line=style, **name),
        trace("markers", *end, marker=dot, hoverinfo="skip", cliponaxis=False, showlegend=False, **name),
    ]


def _band_trace(line: Line) -> Spec:
    assert line.band is not None
    x, _, low, high = line.band
    name, color = line.curve.name, line.curve.color
    return trace(
        "lines",
        float32(np.concatenate([x, x[::-1]])),  # there above, and back below
        float32(np.concatenate([high, low[::-1]])),
        name=name,
        legendgroup=name,
        fill="toself",
        fillcolor=color,
        opacity=0.2,
        line=dict(color=color, width=0),
        hoverinfo="skip",
        showlegend=False,
    )


def _share(height: float, vertical: Spec) -> float:
    """Return how far up the chart a value is, from 0 to 1."""
    low, high = vertical["range"]
    if vertical.get("type") == "log":
        height = math.log10(height) if height > 0 else low
    return min(max((height - low) / (high - low), 0.0), 1.0)


def _key(lines: Sequence[Line], heights: Sequence[float], palette: Palette) -> tuple[list[Spec], list[Spec]]:
    """Return for each line a sample of it, its value and its name, to the right of the chart."""
    names = [folded(line.curve.name) for line in lines]
    gap = KEY_GAP + KEY_LINE * any("<br>" in name for name in names)
    places = spread_out(heights, min(gap, PLOT_HEIGHT / max(len(lines) - 1, 1)) / PLOT_HEIGHT)
    shapes, notes = [], []
    for line, name, place in zip(lines, names, places, strict=True):
        sample = dict(color=line.curve.color, width=2.5, dash=line.dash)
        ends = dict(x0=9, x1=39, y0=place, y1=place, xsizemode="pixel", xanchor=1)
        shapes.append(dict(type="line", name="key", line=sample, **ends, **PAPER))
        room = dict(xanchor="left", yanchor="top", yshift=10, xshift=KEY_LEFT, align="left", font=dict(size=13))
        notes.append(note(f"<b>{line.value}</b>  {name}", 1, place, palette.text, name="key", **room, **PAPER))
    return shapes, notes


def spread_out(places: Sequence[float], gap: float) -> list[float]:
    """Return places at least `gap` apart, in the same order, as close to the old ones as possible, within 0 and 1.

    Isotonic least squares: without the gaps, neighbors in the wrong order are pooled into their mean. SciPy has it,
    too, in a module that takes a second to import.
    """
    order = sorted(range(len(places)), key=lambda index: -places[index])
    pools: list[list[float]] = []
    for rank, index in enumerate(order):
        pools.append([places[index] + rank * gap])
        while len(pools) > 1 and np.mean(pools[-2]) < np.mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    settled = [float(np.mean(pool)) for pool in pools for _ in pool]
    lowest = gap * (len(places) - 1)
    spread = [0.0] * len(places)
    for rank, index in enumerate(order):
        spread[index] = min(max(settled[rank], lowest), max(1.0, lowest)) - rank * gap
    return spread


def folded(label: str) -> str:
    """Return a label for a key as Plotly's text: on two lines if it is long, between two settings if it has some."""
    if len(label) <= KEY_LETTERS:
        return escape(label)
    if " · " in label:
        label = label.replace(" ", "\u00a0").replace("\u00a0·\u00a0", "\u00a0· ")
    return "<br>".join(map(escape, wrap(label, KEY_LETTERS, max_lines=2, placeholder="…", break_on_hyphens=False)))
