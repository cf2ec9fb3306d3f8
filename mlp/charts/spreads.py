"""How a layer's values are spread over a run, and one unit's weights."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, layout
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
    return {
        "data": [
            {
                "type": "heatmap",
                "x": labels,
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
            f"{title} at {counted(len(steps), 'step')}, within ±{found.limit:g}.",
            palette,
            f"within ±{found.limit:g}, by step",
            height=HEIGHT,
            margin={"l": 58, "r": 28, "t": 34, "b": 30},
            # Three numbers have room on the narrowest chart, however long they are.
            xaxis=axis(
                palette,
                type="category",
                showgrid=False,
                fixedrange=True,
                tickangle=0,
                tickvals=sorted({0, (len(steps) - 1) // 2, len(steps) - 1}),
            ),
            yaxis=axis(palette, range=[-found.limit, found.limit], nticks=5, fixedrange=True),
            annotations=[],
            shapes=[],
        ),
    }


def bars(title: str, weights: Array, names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw a unit's weights as bars, positive ones up and in another color than negative ones."""
    heights = weights.astype(np.float32)
    top = float(np.abs(np.nan_to_num(weights)).max(initial=0)) or 1.0
    few = len(names) <= MOST_BARS
    words = max(map(len, names), default=0) > SHORT

    def signed(color: str, chosen: Array) -> Spec:
        # One trace per sign: with one color per bar, Plotly warns about each bar, which takes 1 ms a warning.
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
            "x": np.arange(len(names) + 1, dtype=np.float32) + 0.5,  # where each bar begins, and the last one ends
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
            f"{title}: {counted(len(weights), 'weight')}, the largest {top:.3g}.",
            palette,
            height=BARS_HEIGHT + (50 if words and few else 0),
            margin={"l": 58, "r": 8, "t": 34, "b": 80 if words and few else 30},
            xaxis=axis(
                palette,
                type="category" if few else "linear",
                showgrid=False,
                fixedrange=True,
                nticks=10,
                tickangle=-45 if words and few else 0,
            ),
            yaxis=axis(palette, range=[-1.05 * top, 1.05 * top], nticks=5, fixedrange=True, zeroline=True),
            bargap=0.15,
            barmode="overlay",
            annotations=[],
            shapes=[],
        ),
    }
