"""The learning-rate finder's chart is the loss against the rate, with the steepest fall and the edge marked."""

import math

import numpy as np

from mlp.charts.layout import Spec, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.network.layers import Array
from mlp.text import nats, rate
from mlp.training.finder import RATES, RateSearch

HEIGHT, ROW = 350, 20  # pixels: of the chart, and of a label above it
TOP = 1.8  # of the axis, in units of the first loss
ENDS = (float(np.log10(RATES[0])), float(np.log10(RATES[-1])))


def rate_search(search: RateSearch, chosen: float | None = None, *, palette: Palette = LIGHT) -> Spec:
    """Draw the losses so far; `chosen` is the rate that is suggested."""
    rates, losses, smooth = (float32(values) for values in (search.rates, search.losses, search.smooth))
    marks = [
        (float(rates[place]), words, color, dash)
        for place, words, color, dash in (
            (search.steepest, "steepest fall", palette.right, "dot"),
            (search.edge, "edge", palette.wrong, "dot"),
        )
        if place is not None
    ]
    if chosen is not None:
        marks.append((chosen, f"suggested: {rate(chosen)}", palette.text, "solid"))
    marks.sort(key=lambda mark: mark[0])
    written = ", ".join(f"{words} at {rate(place)}" for place, words, _, _ in marks if "suggested" not in words)
    suggested = f"; {rate(chosen)} is suggested" if chosen is not None else ""
    latest = f"{nats(float(smooth[-1]))} at {rate(float(rates[-1]))}" if len(rates) else "nothing measured yet"
    line = dict(color=palette.train, width=3)
    hover = "rate %{x:.2~g}, loss %{y:.3~g}<extra></extra>"
    return chart(
        "Loss at each learning rate",
        f"Loss at each learning rate: {written or latest}{suggested}.",
        [
            trace("lines", rates, losses, line=dict(color=palette.train, width=1), opacity=0.3, hoverinfo="skip"),
            trace("lines", rates, smooth, name="loss", line=line, hovertemplate=hover),
        ],
        palette,
        "thick: smoothed · thin: each mini-batch",
        height=HEIGHT,
        margin=dict(l=60, r=24, t=34 + 3 * ROW, b=52),
        hovermode="closest",
        xaxis=dict(
            type="log", range=ENDS, title=dict(text="learning rate"), tickformat="~f", tick0=-5, dtick=2, tickangle=0
        ),
        yaxis=dict(range=[0, TOP * search.level], title=dict(text="loss", standoff=6), nticks=6),
        shapes=[_upright(place, color, dash) for place, _, color, dash in marks],
        annotations=_labels(marks),
    )


def float32(values: Array) -> Array:
    """Return values as they are sent: what is infinite is left out."""
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def _upright(place: float, color: str, dash: str) -> Spec:
    return dict(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=dict(color=color, width=2, dash=dash))


def _labels(marks: list[tuple[float, str, str, str]]) -> list[Spec]:
    """Return the words above the lines, each on another row."""
    return [
        note(f"<b>{words}</b>", math.log10(place), 1, color, yref="paper", yanchor="bottom", yshift=ROW * row)
        for row, (place, words, color, _) in enumerate(marks)
    ]
