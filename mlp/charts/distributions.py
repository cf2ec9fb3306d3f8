"""Distributions of weights and of a layer's values: now and at first, over a run, of one network or of several."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

import numpy as np

from mlp.charts.layout import PAPER, Spec, blank_axis, chart, color_of, escape, names_below, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.distributions import Histograms
from mlp.network.layers import Array
from mlp.text import counted

FEW_LAYERS = 4  # up to this many have room for two numbers below each
ROW_HEIGHT = 92  # pixels of one network's weights, beside others
OVER_TIME_HEIGHT = 240
BARS_HEIGHT = 230
MOST_BARS = 40  # more of them are drawn as one outline, in half the time
SHARE_POWER = 0.5  # rare values must still be seen


def weights(
    histograms: Sequence[Histograms], sizes: Sequence[int], *, normalized: bool = False, palette: Palette = LIGHT
) -> Spec:
    """Draw one histogram per dense layer, side by side: current weights filled, initial weights as an outline.

    `sizes` are the numbers of units in all layers, input and output included; `normalized` says that the weights have
    batch normalization in them.
    """
    few = len(histograms) <= FEW_LAYERS
    data: list[Spec] = []
    notes, axes = [], Spec()
    for index, histogram in enumerate(histograms):
        place = _columns(len(histograms), 0.06 if few else 0.025)[index]
        style = dict(ticklen=3, **_ticks(histogram.limit, few))
        traces, own_axes = _panel(histogram, [histogram], index + 1, palette.quiet, palette, place, [0, 1], **style)
        data += traces
        axes |= own_axes
        between = f"{sizes[index]} → {sizes[index + 1]}" if few else f"→ {sizes[index + 1]}"
        notes.append(note(between, sum(place) / 2, 1, palette.quiet, yanchor="bottom", **PAPER))
    spreads = ", ".join(f"layer {i + 1} within ±{h.limit:g}" for i, h in enumerate(histograms))
    return chart(
        "Weights of each layer",
        f"Histograms of the weights: {spreads}.",
        data,
        palette,
        "normalization included · outline: initial" if normalized else "outline: initial weights",
        margin=dict(l=14, r=14, t=52, b=24),
        annotations=notes,
        **axes,
    )


def compared_weights(networks: Iterable[tuple[str, Sequence[Histograms]]], *, palette: Palette = LIGHT) -> Spec:
    """Draw the weights of each network in a row, one histogram per layer; each column has one scale."""
    rows = [(label, [_density(histogram) for histogram in layers]) for label, layers in networks]
    columns = [[each for each in column if each] for column in zip_longest(*(layers for _, layers in rows))]
    places = _columns(len(columns), 0.04)
    data: list[Spec] = []
    notes, axes = [], Spec()
    for index, (label, layers) in enumerate(rows):
        bottom = 1 - (index + 1) / len(rows)
        top = bottom + 0.68 / len(rows)
        place = dict(xanchor="left", yanchor="bottom", yshift=1)
        notes.append(note(f"<b>{escape(label)}</b>", 0, top, palette.text, **place, **PAPER))
        for column, histogram in enumerate(layers):
            is_lowest = all(column >= len(row) for _, row in rows[index + 1 :])
            style = dict(showticklabels=is_lowest, **_ticks(max(each.limit for each in columns[column]), True))
            number, color = index * len(columns) + column + 1, color_of(index, palette)
            traces, own_axes = _panel(
                histogram, columns[column], number, color, palette, places[column], [bottom, top], **style
            )
            data += traces
            axes |= own_axes
    return chart(
        "Weights of each layer",
        f"Histograms of the weights of {', '.join(label for label, _ in rows)}.",
        data,
        palette,
        "from first layer to last; outline: initial weights",
        height=64 + ROW_HEIGHT * max(len(rows), 1),
        margin=dict(l=14, r=14, t=34, b=30),
        annotations=notes,
        **axes,
    )


def _panel(
    histogram: Histograms,
    column: Sequence[Histograms],
    number: int,
    color: str,
    palette: Palette,
    across: list[float],
    upwards: list[float],
    **style: object,
) -> tuple[list[Spec], Spec]:
    """Return the traces of a histogram, an area now and an outline at first, and axes on which its column fits."""
    key, bins = "" if number == 1 else str(number), histogram.shares.shape[1]
    limit = max(each.limit for each in column)
    top = max(float(each.shares.max()) for each in column)
    line: Spec = dict(type="scatter", mode="lines", hoverinfo="skip", xaxis=f"x{key}", yaxis=f"y{key}")
    line |= dict(x0=-histogram.limit * (1 - 1 / bins), dx=2 * histogram.limit / bins)
    area = dict(fill="tozeroy", fillcolor=color, opacity=0.75, line=dict(shape="hvh", width=0))
    initial, now = histogram.shares
    traces = [
        dict(y=now, name="now", **line, **area),
        dict(y=initial, name="initial", **line, line=dict(shape="hvh", color=palette.text, width=1.25)),
    ]
    still = dict(fixedrange=True, showgrid=False, tickangle=0)
    return traces, {
        f"xaxis{key}": dict(domain=across, anchor=f"y{key}", range=[-limit, limit], **still, **style),
        f"yaxis{key}": blank_axis(anchor=f"x{key}", range=[0, 1.05 * top], domain=upwards),
    }


def _columns(count: int, gap: float) -> list[list[float]]:
    """Return where columns begin and end, as shares of the width, with gaps between them."""
    width = (1 - gap * (count - 1)) / max(count, 1)
    return [[index * (width + gap), index * (width + gap) + width] for index in range(count)]


def _ticks(limit: float, few: bool) -> Spec:
    """Return the tick labels of a histogram: at half the range on both sides if there is room, else only the range."""
    half = limit / 2
    if few and half < 1000:
        return dict(tickvals=[-half, 0, half], ticktext=[f"−{half:g}", "", f"{half:g}"])
    return dict(tickvals=[0], ticktext=[f"±{limit:g}"])


def _density(histogram: Histograms) -> Histograms:
    """Return shares of weights per unit of weight, so that bins of different widths can be compared."""
    return histogram._replace(shares=histogram.shares * (histogram.shares.shape[1] / (2 * histogram.limit)))


def over_time(title: str, found: Histograms, steps: Sequence[int], *, palette: Palette = LIGHT) -> Spec:
    """Draw one layer's values over a run as a heat map: the stronger the color, the more of them lie there."""
    labels = [f"{step:,}" for step in steps]
    values = np.linspace(-found.limit, found.limit, found.shares.shape[1], dtype=np.float32)
    heatmap = dict(
        type="heatmap",
        x=labels,
        y=values,
        z=found.shares.T**SHARE_POWER,
        meta=dict(z=found.shares.T.astype(np.float32)),
        zmin=0,
        colorscale=[[0, palette.background], [1, palette.text]],
        showscale=False,
        hovertemplate="step %{x}: around %{y:.3g}<extra></extra>",
    )
    # Three have room on the narrowest chart, however long. By name: a step may be called as another one's place is.
    ticks = [labels[place] for place in sorted({0, (len(steps) - 1) // 2, len(steps) - 1})]
    return chart(
        title,
        f"{title} at {counted(len(steps), 'step')}, within ±{found.limit:g}.",
        [heatmap],
        palette,
        f"within ±{found.limit:g}, by step",
        height=OVER_TIME_HEIGHT,
        margin=dict(l=58, r=28, t=34, b=30),
        xaxis=dict(type="category", showgrid=False, fixedrange=True, tickangle=0, tickvals=ticks),
        yaxis=dict(range=[-found.limit, found.limit], nticks=5, fixedrange=True),
    )


def bars(title: str, weights: Array, names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw a unit's weights as bars, positive ones up and in another color than negative ones."""
    heights = weights.astype(np.float32)
    top = float(np.abs(np.nan_to_num(weights)).max(initial=0)) or 1.0
    few = len(names) <= MOST_BARS
    labels = [escape(name) for name in names]
    below = names_below(names if few else ())

    def signed(color: str, chosen: Array, plotted: Spec) -> Spec:
        # One trace per sign: with one color per bar, Plotly warns about each bar, which takes 1 ms a warning.
        shown = np.where(chosen, heights, 0)
        if few:
            hover = dict(customdata=heights, hovertemplate="%{x}: %{customdata:.3g}<extra></extra>")
            return dict(type="bar", x=labels, y=shown, marker=dict(color=color), meta=plotted, **hover)
        edges = np.arange(len(names) + 1, dtype=np.float32) + 0.5  # where each bar begins, and the last one ends
        return trace(
            "lines",
            edges,
            np.append(shown, shown[-1:]),
            line=dict(color=color, width=0, shape="hv"),
            fill="tozeroy",
            fillcolor=color,
            text=[*labels, labels[-1]],
            customdata=np.append(heights, heights[-1:]),
            hovertemplate="%{text}: %{customdata:.3g}<extra></extra>",
            meta=plotted,
        )

    across = dict(showgrid=False, fixedrange=True, nticks=10, tickangle=0)
    if few:
        across |= dict(type="category", **below.ticks) | dict(tickvals=[labels[place] for place in below.places])
    return chart(
        title,
        f"{title}: {counted(len(weights), 'weight')}, the largest {top:.3g}.",
        [
            signed(palette.train, heights > 0, dict(x=labels, y=heights)),
            signed(palette.validation, heights <= 0, dict(x=[], y=[])),
        ],
        palette,
        height=BARS_HEIGHT - 30 + below.room,
        margin=dict(l=below.left(58), r=8, t=34, b=below.room),
        xaxis=across,
        yaxis=dict(range=[-1.05 * top, 1.05 * top], nticks=5, fixedrange=True, zeroline=True),
        bargap=0.15,
        barmode="overlay",
    )
