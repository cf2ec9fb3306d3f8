"""Weight charts show the distribution of each layer's weights, initial and current."""

from collections.abc import Sequence

from mlp.charts.layout import PAPER, Spec, blank_axis, chart, note
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.distributions import Histogram

FEW_LAYERS = 4  # up to this many have room for two numbers below each


def weights(histograms: Sequence[Histogram], sizes: Sequence[int], *, palette: Palette = LIGHT) -> Spec:
    """Draw one histogram per dense layer, side by side: current weights filled, initial weights as an outline.

    `sizes` are the numbers of units in all layers, input and output included.
    """
    count = len(histograms)
    few = count <= FEW_LAYERS
    gap = 0.06 if few else 0.025
    width = (1 - gap * (count - 1)) / count
    data, notes, axes = [], [], {}
    for index, histogram in enumerate(histograms):
        key = "" if index == 0 else str(index + 1)
        left = index * (width + gap)
        top = float(max(histogram.now.max(), histogram.initial.max()))
        data += outlined(histogram, key, palette.quiet, palette)
        axes[f"xaxis{key}"] = dict(
            domain=[left, left + width],
            anchor=f"y{key}",
            range=[-histogram.limit, histogram.limit],
            fixedrange=True,
            showgrid=False,
            ticklen=3,
            tickangle=0,
            **_ticks(histogram.limit, few),
        )
        axes[f"yaxis{key}"] = blank_axis(anchor=f"x{key}", range=[0, 1.05 * top], domain=[0, 1])
        between = f"{sizes[index]} → {sizes[index + 1]}" if few else f"→ {sizes[index + 1]}"
        notes.append(note(between, left + width / 2, 1, palette.quiet, yanchor="bottom", **PAPER))
    spreads = ", ".join(f"layer {i + 1} within ±{h.limit:g}" for i, h in enumerate(histograms))
    return chart(
        "Weights of each layer",
        f"Histograms of the weights: {spreads}.",
        data,
        palette,
        "outline: initial weights",
        margin=dict(l=14, r=14, t=52, b=24),
        annotations=notes,
        **axes,
    )


def outlined(histogram: Histogram, key: str, color: str, palette: Palette) -> list[Spec]:
    """Return the current weights as an area and the initial ones as an outline, on the axes of that key."""
    bins = len(histogram.now)
    style = dict(type="scatter", mode="lines", hoverinfo="skip", xaxis=f"x{key}", yaxis=f"y{key}")
    bin_centers = dict(x0=-histogram.limit * (1 - 1 / bins), dx=2 * histogram.limit / bins)
    area = dict(fill="tozeroy", fillcolor=color, opacity=0.75, line=dict(shape="hvh", width=0))
    outline = dict(line=dict(shape="hvh", color=palette.text, width=1.25))
    return [
        dict(y=histogram.now, name="now", **bin_centers, **style, **area),
        dict(y=histogram.initial, name="initial", **bin_centers, **style, **outline),
    ]


def _ticks(limit: float, few: bool) -> Spec:
    """Return the tick labels of a histogram: at half the range on both sides if there is room, else only the range."""
    half = limit / 2
    if few and half < 1000:
        return dict(tickvals=[-half, 0, half], ticktext=[f"−{half:g}", "", f"{half:g}"])
    return dict(tickvals=[0], ticktext=[f"±{limit:g}"])
