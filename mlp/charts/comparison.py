"""Comparison charts overlay the curves of runs.

Each line has its own color and dashes. A key on the right names it, at the height of its end if there is room.
"""

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from types import MappingProxyType
from typing import Literal, NamedTuple

import numpy as np

from mlp.charts.curve_axes import (
    CURVES,
    HORIZONTAL,
    QUANTITIES,
    DrawnCurve,
    axis_end,
    horizontal_axis,
    on_axis,
    share_of,
    spread_out,
    unit_note,
    vertical_axis,
)
from mlp.charts.curves import NO_TARGETS, float32, measured, values_of
from mlp.charts.layout import PAPER, Spec, chart, color_of, escape, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.thinning import smooth, thin
from mlp.comparison.groups import Band, Group, Spread, band
from mlp.datasets import REGRESSION
from mlp.inspection.regression import TargetScale
from mlp.network.layers import Array
from mlp.text import in_text
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
NO_SCALES: Mapping[str, Mapping[str, TargetScale]] = MappingProxyType({})
DASHES = ("solid", "dash", "dot", "dashdot")


class DrawnGroup(NamedTuple):
    """A group as it is drawn."""

    curve: DrawnCurve
    dash: str
    band: Band | None


# ── Overlaid curves ───────────────────────────────────────────────────────────────────────────────────────────────


def compared_curves(
    quantity: str,
    groups: Sequence[Group],
    histories: Mapping[str, HistoryView],
    *,
    x: str = "epochs",
    part: Part = "validation",
    smoothing: float = 0.0,
    spread: Spread = "min–max",
    log: bool = False,
    zoom: bool = False,
    targets: Mapping[str, Mapping[str, TargetScale]] = NO_SCALES,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw a quantity of each group over each other; of several seeds the mean, in a band: their spread.

    Groups of another task, which do not have it, are left out. `targets` has the scales of each regression's runs, by
    their ids. Everything else is as in `mlp.charts.curves.learning_curves`.
    """
    lines = []
    for index, group in enumerate(groups):
        if quantity not in CURVES[group.task]:
            continue
        xs, ys, around = _mean(quantity, group, histories, x, part, spread, targets)
        if len(ys) == 0:
            continue
        # What a group has reached, by epochs: the same number, whatever the curves are drawn over.
        by_epochs = _mean(quantity, group, histories, "epochs", part, spread, targets)[1]
        latest = float(by_epochs[-1]) if len(by_epochs) else math.nan
        if smoothing and len(ys) > 1:
            if around:
                low, high = (smooth(xs, edge, smoothing)[1] for edge in (around.low, around.high))
                around = Band(*smooth(xs, ys, smoothing), low, high)
            xs, ys = smooth(xs, ys, smoothing)
        curve = DrawnCurve(group.label, color_of(index, palette), 2.5, *thin(xs, ys), None, latest)
        lines.append(DrawnGroup(curve, DASHES[index % len(DASHES)], around))
    horizontal = HORIZONTAL[x]
    reached = max((float(line.curve.x[-1]) for line in lines), default=0.0)
    curves = [line.curve for line in lines]
    if QUANTITIES[quantity].error:  # one run that diverges must not flatten all the others
        curves = [curve for curve in curves if curve.y[-1] <= 2 * curve.y[0]] or curves
    vertical = vertical_axis(quantity, curves, log, zoom)
    bands = [_band_trace(line.curve, line.band) for line in lines if line.band]
    texts = [QUANTITIES[quantity].write(line.curve.value) for line in lines]
    shapes, notes = _key(lines, texts, vertical, palette)
    longest = max((len(part) for line in lines for part in folded(line.curve.name).split("<br>")), default=0)
    values = ", ".join(f"{line.curve.name} {text}" for line, text in zip(lines, texts, strict=True))
    name = QUANTITIES[quantity].title
    several = len({run.dataset for group in groups if quantity in CURVES[group.task] for run in group.runs}) > 1
    units = ["each in the unit of its target"] if quantity == "rmse" and several else []
    title = f"{part.capitalize()} {in_text(name)}"
    return chart(
        title,
        f"{title}: {values or 'nothing measured yet'}.",
        bands + [drawn for line in lines for drawn in _line_traces(line)],
        palette,
        " · ".join(units + [f"mean over seeds, band: {spread}"] * bool(bands)),
        height=HEIGHT,
        margin=dict(l=52, r=KEY_LEFT + LETTER * (9 + longest), t=TOP, b=BOTTOM),
        hovermode="closest",
        xaxis=horizontal_axis(horizontal, (reached or 1.0) if horizontal.name == "progress" else axis_end(reached)),
        yaxis=vertical,
        shapes=shapes,
        annotations=[unit_note(horizontal, palette, shift=18), *notes],
        legend=dict(orientation="h", x=0, y=-0.12, yanchor="top", font=dict(color=palette.text)),
        uirevision="zoom stays",
    )


def _mean(
    quantity: str,
    group: Group,
    histories: Mapping[str, HistoryView],
    x: str,
    part: Part,
    spread: Spread,
    targets: Mapping[str, Mapping[str, TargetScale]],
) -> tuple[Array, Array, Band | None]:
    """Return x and y of a group's curve, where all its measured runs reach, and the spread if there are several."""
    found = []
    for run in group.runs:
        if group.task == REGRESSION and run.id not in targets:  # its data is no longer there
            continue
        history = histories[run.id]
        split = "train" if part == "training" else "validation"
        values = values_of(history, split, quantity, targets.get(run.id, NO_TARGETS))
        known = measured(values)
        if len(values[known]):
            found.append((history[HORIZONTAL[x].name][known], QUANTITIES[quantity].scale * values[known]))
    if len(found) < 2:
        return (*(found[0] if found else (np.empty(0), np.empty(0))), None)
    around = band(found, spread)
    return around.x, around.mean, around


def _line_traces(line: DrawnGroup) -> list[Spec]:
    """Return the line, which has the numbers of its band, too, and its last point."""
    curve = line.curve
    style = dict(color=curve.color, width=curve.width, dash=line.dash)
    dot = dict(color=curve.color, size=8, line=dict(width=0))
    end = [float(curve.x[-1])], [float(curve.y[-1])]
    group = dict(legendgroup=curve.name)
    edges = dict(low=float32(line.band.low), high=float32(line.band.high)) if line.band else {}
    name = dict(name=folded(curve.name), showlegend=True, meta=edges)
    return [
        trace("lines", float32(curve.x), float32(curve.y), line=style, **name, **group),
        trace("markers", *end, marker=dot, hoverinfo="skip", cliponaxis=False, showlegend=False, **group),
    ]


def _band_trace(curve: DrawnCurve, band: Band) -> Spec:
    x, _, low, high = band
    return trace(
        "lines",
        float32(np.concatenate([x, x[::-1]])),  # there above, and back below
        float32(np.concatenate([high, low[::-1]])),
        legendgroup=curve.name,
        fill="toself",
        fillcolor=curve.color,
        opacity=0.2,
        line=dict(color=curve.color, width=0),
        hoverinfo="skip",
        showlegend=False,
    )


def _key(
    lines: Sequence[DrawnGroup], texts: Sequence[str], vertical: Spec, palette: Palette
) -> tuple[list[Spec], list[Spec]]:
    """Return for each line a sample of it, its value and its name, to the right of the chart."""
    names = [folded(line.curve.name) for line in lines]
    gap = KEY_GAP + KEY_LINE * any("<br>" in name for name in names)
    heights = [share_of(on_axis(float(line.curve.y[-1]), vertical), vertical) for line in lines]
    places = spread_out(heights, min(gap, PLOT_HEIGHT / max(len(lines) - 1, 1)) / PLOT_HEIGHT)
    shapes, notes = [], []
    for line, text, name, place in zip(lines, texts, names, places, strict=True):
        sample = dict(color=line.curve.color, width=2.5, dash=line.dash)
        ends = dict(x0=9, x1=39, y0=place, y1=place, xsizemode="pixel", xanchor=1)
        shapes.append(dict(type="line", name="key", line=sample, **ends, **PAPER))
        room = dict(xanchor="left", yanchor="top", yshift=10, xshift=KEY_LEFT, align="left", font=dict(size=13))
        notes.append(note(f"<b>{text}</b>  {name}", 1, place, palette.text, name="key", **room, **PAPER))
    return shapes, notes


def folded(label: str) -> str:
    """Return a label for a key as Plotly's text: on two lines if it is long, between two settings if it has some."""
    if len(label) <= KEY_LETTERS:
        return escape(label)
    if " · " in label:
        label = label.replace(" ", "\u00a0").replace("\u00a0·\u00a0", "\u00a0· ")
    return "<br>".join(map(escape, wrap(label, KEY_LETTERS, max_lines=2, placeholder="…", break_on_hyphens=False)))
