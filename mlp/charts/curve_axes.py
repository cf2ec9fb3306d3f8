"""The axes of curves: which part of the run and which heights are shown, with ends that stay still as curves grow.

Labels beside the curves are at their heights, moved apart where they would overlap.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlp.charts.layout import PAPER, Spec, note
from mlp.charts.palette import Palette
from mlp.datasets import CLASSIFICATION, REGRESSION
from mlp.inspection.distributions import round_up
from mlp.inspection.regression import TargetScale
from mlp.network.layers import Array
from mlp.text import WORST_SCORE, compact, nats, percent, score

ENOUGH_POINTS = 12  # for a zoomed accuracy axis to leave out the first steep rise
FLOORS = (0, 50, 70, 80, 90, 95, 98)  # percent of the best value at which a zoomed axis may begin
MOST_SPIKE = 4  # times as high as the curves start or run: a higher spike is cut off, or it would flatten all else


def drawn_r_squared(target: TargetScale, losses: Array) -> Array:
    """Return R² as it is drawn, at least WORST_SCORE: a run may begin anywhere below."""
    return np.maximum(target.r_squared(losses), WORST_SCORE)


class Quantity(NamedTuple):
    """What curves show over a run."""

    title: str
    scale: float  # of what is shown to what the history holds
    write: Callable[[float], str]
    column: str  # of the history: "accuracy" or "loss"
    of: Callable[[TargetScale, Array], Array] | None = None  # of a regression: computed from that column
    error: bool = False  # whether lower is better


QUANTITIES = {
    "accuracy": Quantity("Accuracy", 100, lambda value: percent(value / 100), "accuracy"),
    "loss": Quantity("Loss (lower is better)", 1, nats, "loss", error=True),
    "r_squared": Quantity("R² (1 is exact)", 1, score, "loss", drawn_r_squared),
    "rmse": Quantity("RMSE (lower is better)", 1, compact, "loss", TargetScale.rmse, error=True),
}
CURVES = {CLASSIFICATION: ("accuracy", "loss"), REGRESSION: ("r_squared", "rmse")}


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
class DrawnCurve:
    """One quantity over the run, as it is drawn."""

    name: str
    color: str
    width: float
    x: Array
    y: Array
    raw: tuple[Array, Array] | None  # x and y before smoothing, if it was smoothed
    value: float  # that is written beside it, as it was measured; NaN if it was not
    dash: str = "solid"


def axis_end(reached: float, whole: float = math.inf) -> float:
    """Return the end of a horizontal axis, in round steps, so that it stays still while a curve grows."""
    return min(round_up(reached), whole) if reached > 0 else min(1.0, whole)


def horizontal_axis(horizontal: Horizontal, end: float) -> Spec:
    """Return the horizontal axis, from the start of the run."""
    # In a run's first moment Plotly would write 0.0002 epochs as "200µ".
    style = dict(showgrid=False, nticks=6, tickangle=0, exponentformat="none" if end < 0.01 else "B")
    return dict(range=[0, end], tickformat=horizontal.tickformat, uirevision=horizontal.name, **style)


def unit_note(horizontal: Horizontal, palette: Palette, shift: int = 24) -> Spec:
    """Return the unit of the horizontal axis, written `shift` pixels right of its end, in line with its numbers."""
    place = dict(xanchor="left", yanchor="top", xshift=shift, yshift=-4)
    return note(horizontal.label, 1, 0, palette.quiet, **PAPER, **place)


def vertical_axis(
    quantity: str, curves: Sequence[DrawnCurve], log: bool, zoom: bool, also: Sequence[float] = ()
) -> Spec:
    """Return the vertical axis for curves of a quantity; it contains the heights in `also`."""
    if QUANTITIES[quantity].error:
        return _error_axis(quantity, curves, log, zoom, also)
    top = QUANTITIES[quantity].scale
    low = min((_floor(curves, top) if zoom else 0, *also))
    if any(curve.y[-1] < 0 for curve in curves):  # worse than the mean of all targets
        low = WORST_SCORE
    room = 0.04 * (top - low)
    style = dict(ticksuffix="\u202f%" if quantity == "accuracy" else "", nticks=6, hoverformat=".2f")
    return dict(range=[low - room, top + room], uirevision=f"{quantity} {zoom}", **style)


def _floor(curves: Sequence[DrawnCurve], top: float) -> float:
    """Return the start of a zoomed axis: as high as possible with four fifths of the curves above it."""
    if sum(len(curve.x) for curve in curves) < ENOUGH_POINTS:
        return 0
    lowest = min(float(np.quantile(_heights(curves), 0.2)), *(float(curve.y[-1]) for curve in curves), top)
    floors = [top * floor / 100 for floor in FLOORS]
    return max(floor for floor in floors if floor == 0 or lowest - floor >= 0.1 * (top - floor))


def _error_axis(quantity: str, curves: Sequence[DrawnCurve], log: bool, zoom: bool, also: Sequence[float]) -> Spec:
    vertical: Spec = dict(nticks=5, uirevision=f"{quantity} {log} {zoom}", hoverformat=".4g")
    if log:
        heights = np.concatenate([curve.y[curve.y > 0] for curve in curves]) if curves else np.empty(0)
        low, high = (heights.min(), heights.max()) if len(heights) else (0.1, 1)
        # As exponents: that is how Plotly wants the range of a logarithmic axis.
        vertical |= dict(type="log", range=[math.log10(low) - 0.1, math.log10(high) + 0.1], tickformat="~g")
        vertical["dtick"] = "D2" if high < 100 * low else 1  # 1, 2, 5, 10, … or powers of ten alone
    else:
        top = round_up(max((_loss_top(curves, zoom), *also))) if curves else 1.0
        vertical["range"] = [-0.04 * top, 1.04 * top]
        if top >= 1e5:  # training is diverging, or the target's numbers are large: longer numbers would not fit
            tick = float(f"{top:.0e}")
            tick = tick if tick <= top else tick - 10.0 ** math.floor(math.log10(top))
            vertical |= dict(tickvals=[0, tick], ticktext=["0", QUANTITIES[quantity].write(tick)])
    return vertical


def _loss_top(curves: Sequence[DrawnCurve], zoom: bool) -> float:
    """Return how high the axis must reach."""
    usual = 1.15 * max(float(np.quantile(_heights(curves), 0.9)), *(float(curve.y[-1]) for curve in curves))
    if zoom:
        return usual
    highest = max(float(curve.y.max()) for curve in curves)
    return min(highest, MOST_SPIKE * max(usual, *(float(curve.y[0]) for curve in curves)))


def _heights(curves: Sequence[DrawnCurve]) -> Array:
    """Return the curves' heights at even steps along them: at the start of a run, reports are closer together."""
    return np.concatenate([np.interp(np.linspace(curve.x[0], curve.x[-1], 64), curve.x, curve.y) for curve in curves])


# ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────────────


def on_axis(height: float, vertical: Spec) -> float:
    """Return a height as annotations give it: on a logarithmic axis as an exponent, at the low end if it has none."""
    if vertical.get("type") != "log":
        return height
    return math.log10(height) if height > 0 else float(vertical["range"][0])


def share_of(height: float, vertical: Spec) -> float:
    """Return how far up an axis such a height is: from 0 to 1, if it is within the axis's range."""
    low, high = vertical["range"]
    return float((height - low) / (high - low))


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
