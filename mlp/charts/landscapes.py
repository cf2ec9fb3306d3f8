"""A loss landscape is drawn as a map: the darker, the higher the loss, with the path of the training on it."""

import numpy as np

from mlp.charts.layout import Spec, axis, layout
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.wording import nats
from mlp.landscape import Landscape

HEIGHT = 460  # pixels
STEEP = 30.0  # highest ÷ lowest loss from which the colours follow the logarithm


def loss_landscape(found: Landscape, *, palette: Palette = LIGHT) -> Spec:
    """Draw the loss over the slice, where the training came by, and where the network is."""
    finite = found.losses[np.isfinite(found.losses)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    logarithmic = low > 0 and high > STEEP * low
    losses = np.where(np.isfinite(found.losses), found.losses, np.nan)
    heights = np.log10(losses) if logarithmic else losses
    hover = {"hovertemplate": "loss %{customdata:.4g}<extra></extra>", "customdata": losses.astype(np.float32)}
    x, y = found.path[:-1].T
    reach = [float(found.alphas[0]), float(found.alphas[-1])]
    return {
        "data": [
            {
                "type": "contour",
                "x": found.alphas.astype(np.float32),
                "y": found.betas.astype(np.float32),
                "z": heights.astype(np.float32),
                "colorscale": [[0, palette.background], [1, palette.train]],
                "opacity": 0.8,
                "showscale": False,
                "ncontours": 24,
                "line": {"width": 1, "color": palette.quiet},
                **hover,
            },
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": x.astype(np.float32),
                "y": y.astype(np.float32),
                "line": {"color": palette.validation, "width": 2.5},
                "marker": {"size": 4, "color": palette.validation},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "mode": "markers",
                "x": [0.0],
                "y": [0.0],
                "marker": {
                    "size": 13,
                    "color": palette.text,
                    "line": {"color": palette.background, "width": 2},
                },
                "hovertemplate": "the network is here<extra></extra>",
            },
        ],
        "layout": layout(
            "Loss landscape",
            f"The training loss on a slice around the network, from {nats(low)} to {nats(high)}, "
            f"with {len(x)} moments of the training cast onto it.",
            palette,
            f"from {nats(low)} to {nats(high)}{', logarithmic' if logarithmic else ''}; the path is orange",
            height=HEIGHT,
            margin={"l": 58, "r": 8, "t": 34, "b": 40},
            xaxis=axis(palette, range=reach, fixedrange=True, nticks=7, title={"text": "along direction 1"}),
            yaxis=axis(palette, range=reach, fixedrange=True, nticks=7, title={"text": "along direction 2"}),
            annotations=[],
            shapes=[],
        ),
    }
