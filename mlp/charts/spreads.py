"""How a layer's values are spread over a run, and one unit's weights."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, chart, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.distributions import OverTime
from mlp.network.layers import Array
from mlp.text import counted

HEIGHT = 240  # pixels
BARS_HEIGHT = 230
MOST_BARS = 40  # more of them are drawn as one outline, in half the time
SHORT = 3  # letters of a name that fits below its bar
SHARE_POWER = 0.5  # rare values must still be seen


def over_time(title: str, found: OverTime, steps: Sequence[int], *, palette: Palette = LIGHT) -> Spec:
    """Draw one layer's values over a run as a heat map: the stronger the color, the more of them lie there."""
    labels = [f"{step:,}" for step in steps]
    values = np.linspace(-found.limit, found.limit, len(found.shares), dtype=np.float32)
    heatmap = dict(
        type="heatmap",
        x=labels,
        y=values,
        z=found.shares**SHARE_POWER,
        zmin=0,
        colorscale=[[0, palette.background], [1, palette.text]],
        showscale=False,
        hovertemplate="step %{x}: around %{y:.3g}<extra></extra>",
    )
    ticks = sorted({0, (len(steps) - 1) // 2, len(steps) - 1})  # three have room on the narrowest chart, however long
    return chart(
        title,
        f"{title} at {counted(len(steps), 'step')}, within ±{found.limit:g}.",
        [heatmap],
        palette,
        f"within ±{found.limit:g}, by step",
        height=HEIGHT,
        margin=dict(l=58, r=28, t=34, b=30),
        xaxis=dict(type="category", showgrid=False, fixedrange=True, tickangle=0, tickvals=ticks),
        yaxis=dict(range=[-found.limit, found.limit], nticks=5, fixedrange=True),
    )


def bars(title: str, weights: Array, names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw a unit's weights as bars, positive ones up and in another color than negative ones."""
    heights = weights.astype(np.float32)
    top = float(np.abs(np.nan_to_num(weights)).max(initial=0)) or 1.0
    few = len(names) <= MOST_BARS
    slanted = few and max(map(len, names), default=0) > SHORT

    def signed(color: str, chosen: Array) -> Spec:
        # One trace per sign: with one color per bar, Plotly warns about each bar, which takes 1 ms a warning.
        shown = np.where(chosen, heights, 0)
        if few:
            hover = dict(customdata=heights, hovertemplate="%{x}: %{customdata:.3g}<extra></extra>")
            return dict(type="bar", x=list(names), y=shown, marker=dict(color=color), **hover)
        edges = np.arange(len(names) + 1, dtype=np.float32) + 0.5  # where each bar begins, and the last one ends
        return trace(
            "lines",
            edges,
            np.append(shown, shown[-1:]),
            line=dict(color=color, width=0, shape="hv"),
            fill="tozeroy",
            fillcolor=color,
            text=[*names, names[-1]],
            customdata=np.append(heights, heights[-1:]),
            hovertemplate="%{text}: %{customdata:.3g}<extra></extra>",
        )

    across = dict(showgrid=False, fixedrange=True, nticks=10)
    return chart(
        title,
        f"{title}: {counted(len(weights), 'weight')}, the largest {top:.3g}.",
        [signed(palette.train, heights > 0), signed(palette.validation, heights <= 0)],
        palette,
        height=BARS_HEIGHT + (50 if slanted else 0),
        margin=dict(l=58, r=8, t=34, b=80 if slanted else 30),
        xaxis=across | dict(type="category" if few else "linear", tickangle=-45 if slanted else 0),
        yaxis=dict(range=[-1.05 * top, 1.05 * top], nticks=5, fixedrange=True, zeroline=True),
        bargap=0.15,
        barmode="overlay",
    )
