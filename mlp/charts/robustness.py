"""How accuracy falls as pictures are distorted more strongly."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, chart, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.distortions import Kind

HEIGHT = 210  # pixels


def robustness(kind: Kind, accuracies: Sequence[float], *, palette: Palette = LIGHT) -> Spec:
    """Draw the accuracy (shares from 0 to 1) at each of a kind's strengths."""
    heights = 100 * np.asarray(accuracies, np.float32)
    curve = trace(
        "lines+markers",
        list(kind.strengths),
        heights,
        name="validation",
        line=dict(color=palette.validation, width=2.5),
        marker=dict(color=palette.validation, size=6, line=dict(width=0)),
        hovertemplate=f"%{{x}} {kind.unit}: %{{y:.1f}} %<extra></extra>",
    )
    return chart(
        kind.label,
        f"{kind.label}: accuracy from {heights.min():.0f} to {heights.max():.0f} percent.",
        [curve],
        palette,
        kind.unit,
        height=HEIGHT,
        margin=dict(l=52, r=12, t=34, b=26),
        xaxis=dict(showgrid=False, fixedrange=True, nticks=8),
        yaxis=dict(range=[-3, 103], ticksuffix="\u202f%", nticks=5, fixedrange=True),
    )
