"""A loss landscape is drawn as a map whose shades are the loss, with the path of the training on it."""

import numpy as np

from mlp.charts.layout import Spec, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.landscape import Landscape
from mlp.network.layers import Array
from mlp.text import counted, nats

HEIGHT = 460  # pixels
STEEP = 30.0  # if the highest loss is this many times the lowest, the shades follow the logarithm
TICKS = 5  # of the scale of shades


def loss_landscape(found: Landscape, *, palette: Palette = LIGHT) -> Spec:
    """Draw the loss on the slice, the path of the training, and where the network is.

    Only shades of gray: on the page with this chart, a color is a class.
    """
    finite = found.losses[np.isfinite(found.losses)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    logarithmic = low > 0 and high > STEEP * low
    losses = np.where(np.isfinite(found.losses), found.losses, np.nan)
    heights = np.log10(losses) if logarithmic else losses
    x, y = found.path[:-1].astype(np.float32).T
    reach = [float(found.alphas[0]), float(found.alphas[-1])]
    contour = dict(
        type="contour",
        x=found.alphas.astype(np.float32),
        y=found.betas.astype(np.float32),
        z=heights.astype(np.float32),
        colorscale=[[0, palette.background], [1, palette.quiet]],
        colorbar=_scale(low, high, logarithmic, palette),
        ncontours=24,
        line=dict(width=1, color=palette.grid),
        customdata=losses.astype(np.float32),
        meta=dict(z=losses.astype(np.float32)),
        hovertemplate="loss %{customdata:.4g}<extra></extra>",
    )
    line, dots = dict(color=palette.text, width=2.5), dict(color=palette.text, size=5)
    large = dict(color=palette.text, size=15, line=dict(color=palette.background, width=3))
    across, upwards = (
        dict(range=reach, fixedrange=True, nticks=7)
        | dict(title=dict(text=text, font=dict(color=palette.quiet), standoff=12))
        for text in ("direction 1", "direction 2")
    )
    return chart(
        "Loss landscape",
        f"The training loss on a slice around the current weights, from {nats(low)} to {nats(high)}, "
        f"with the path of the training at {counted(len(x), 'step')}.",
        [
            contour,
            trace("lines+markers", x, y, line=line, marker=dots, hoverinfo="skip"),
            trace("markers", [0.0], [0.0], marker=large, hovertemplate="the network<extra></extra>"),
        ],
        palette,
        "large dot: the network · line with small dots: the path of its training · shade: loss",
        height=HEIGHT,
        margin=dict(l=62, r=8, t=34, b=52),
        xaxis=across,
        yaxis=upwards,
        annotations=_ends(x, y, reach[1], palette),
    )


def _scale(low: float, high: float, logarithmic: bool, palette: Palette) -> Spec:
    """Return the scale that says which loss a shade is."""
    places = np.linspace(np.log10(low), np.log10(high), TICKS) if logarithmic else np.linspace(low, high, TICKS)
    return dict(
        title=dict(text="loss", font=dict(color=palette.quiet)),
        tickvals=[float(place) for place in places],
        ticktext=[f"{10**place if logarithmic else place:.2g}" for place in places],
        tickfont=dict(color=palette.quiet),
        thickness=14,
        outlinewidth=0,
    )


def _ends(x: Array, y: Array, reach: float, palette: Palette) -> list[Spec]:
    """Return the labels at the path's ends, the first one only if it is far enough from the other."""
    ends = [("network", 0.0, 0.0)]
    if len(x) and max(abs(x[0]), abs(y[0])) > 0.1 * reach:
        ends.append(("start", float(x[0]), float(y[0])))
    style = dict(yanchor="bottom", yshift=9, bgcolor=palette.background, borderpad=2)
    return [note(f"<b>{text}</b>", across, up, palette.text, **style) for text, across, up in ends]
