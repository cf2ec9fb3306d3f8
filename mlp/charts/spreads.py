"""How a layer's values are spread over a run, and what one unit's weights are."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, layout
from mlp.charts.palette import LIGHT, Palette
from mlp.distributions import OverTime
from mlp.layers import Array

HEIGHT = 240  # pixels
BARS_HEIGHT = 230
MOST_BARS = 40  # more of them are drawn as one outline, in half the time
SHARE_POWER = 0.5  # rare values must still be seen


def over_time(title: str, found: OverTime, steps: Sequence[int], *, palette: Palette = LIGHT) -> Spec:
    """Draw one layer's values over a run as a heat map: the darker, the more of them lie there."""
    values = np.linspace(-found.limit, found.limit, len(found.shares), dtype=np.float32)
    return {
        "data": [
            {
                "type": "heatmap",
                "x": [f"{step:,}" for step in steps],
                "y": values,
                "z": found.shares**SHARE_POWER,
                "zmin": 0,
                "colorscale": [[0, palette.background], [1, palette.text]],
                "showscale": False,
                "hovertemplate": "step %{x}: around %{y:.3g}<extra></extra>",
            }
        ],
        "layout": layout(
            title,
            f"{title} at {len(steps)} moments, within ±{found.limit:g}.",
            palette,
            f"±{found.limit:g}",
            height=HEIGHT,
            margin={"l": 58, "r": 28, "t": 34, "b": 30},
            xaxis=axis(palette, type="category", showgrid=False, fixedrange=True, nticks=6, tickangle=0),
            yaxis=axis(palette, range=[-found.limit, found.limit], nticks=5, fixedrange=True),
            annotations=[],
            shapes=[],
        ),
    }


def bars(title: str, weights: Array, names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw a unit's weights as bars, positive ones up and in another colour than negative ones."""
    heights = weights.astype(np.float32)
    top = float(np.abs(np.nan_to_num(weights)).max(initial=0)) or 1.0
    few = len(names) <= MOST_BARS

    def signed(color: str, chosen: Array) -> Spec:
        # A trace of its own for each sign: a colour a bar has Plotly 4 warn of each one, at 1 ms a warning.
        shown = np.where(chosen, heights, 0)
        if few:
            return {
                "type": "bar",
                "x": list(names),
                "y": shown,
                "marker": {"color": color},
                "customdata": heights,
                "hovertemplate": "%{x}: %{customdata:.3g}<extra></extra>",
            }
        return {
            "type": "scatter",
            "mode": "lines",
            "x": np.arange(len(names) + 1, dtype=np.float32) - 0.5,  # where each place begins, and the last one ends
            "y": np.append(shown, shown[-1:]),
            "line": {"color": color, "width": 0, "shape": "hv"},
            "fill": "tozeroy",
            "fillcolor": color,
            "text": [*names, names[-1]],
            "customdata": np.append(heights, heights[-1:]),
            "hovertemplate": "%{text}: %{customdata:.3g}<extra></extra>",
        }

    return {
        "data": [signed(palette.train, heights > 0), signed(palette.validation, heights <= 0)],
        "layout": layout(
            title,
            f"{title}: {len(weights)} weights, the largest {top:.3g}.",
            palette,
            height=BARS_HEIGHT,
            margin={"l": 58, "r": 8, "t": 34, "b": 30},
            xaxis=axis(
                palette, type="category" if few else "linear", showgrid=False, fixedrange=True, nticks=10, tickangle=0
            ),
            yaxis=axis(palette, range=[-1.05 * top, 1.05 * top], nticks=5, fixedrange=True, zeroline=True),
            bargap=0.15,
            barmode="overlay",
            annotations=[],
            shapes=[],
        ),
    }
