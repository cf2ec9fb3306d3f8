"""Charts of predictions: how well a network knows each class, how justified its confidence is, how robust it is."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, chart, escape, names_below, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.distortions import Kind
from mlp.inspection.metrics import Calibration, ClassScores
from mlp.text import counted, percent

HEIGHT = 330  # pixels
ROBUSTNESS_HEIGHT = 210


def scores(found: ClassScores, class_names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw precision, recall and F1 of each class in percent."""
    marks = (
        ("precision", found.precision, palette.classes[5], "triangle-up"),
        ("recall", found.recall, palette.classes[6], "square"),
        ("F1", found.f1, palette.text, "circle"),
    )
    known = np.concatenate([values[np.isfinite(values)] for _, values, _, _ in marks])
    low = min(np.floor(20 * known.min()) / 20, 0.95) if len(known) else 0.0  # not so near that ticks go above 100 %
    written = ", ".join(f"{name} {100 * f1:.1f}" for name, f1 in zip(class_names, found.f1, strict=True))
    means = f"macro F1 {100 * found.macro_f1:.1f}, balanced accuracy {percent(found.balanced_accuracy)}"
    labels, below = [escape(name) for name in class_names], names_below(class_names)
    return chart(
        "Each class",
        f"Precision, recall and F1 of each class: {written}; {means}.",
        [
            trace("markers", labels, (100 * values).astype(np.float32), name=name)
            | dict(marker=dict(color=color, symbol=symbol, size=10))
            for name, values, color, symbol in marks
        ],
        palette,
        means,
        height=HEIGHT - 60 + below.room,
        margin=dict(l=below.left(60), r=28, t=34, b=below.room),
        hovermode="x unified",
        showlegend=True,
        legend=dict(orientation="h", x=0, y=1.02, yanchor="bottom"),
        xaxis=dict(type="category", showgrid=False, fixedrange=True, **below.ticks)
        | dict(tickvals=[labels[place] for place in below.places]),
        yaxis=dict(range=[100 * low - 0.9, 100.9], ticksuffix="\u202f%", hoverformat=".1f"),
    )


def calibration(found: Calibration, *, palette: Palette = LIGHT) -> Spec:
    """Draw how often answers are correct against how sure they were; a well-calibrated network is on the diagonal."""
    known = found.counts > 0
    sizes = 8 + 18 * np.sqrt(found.counts[known] / max(found.counts.max(), 1))
    dotted = dict(color=palette.quiet, width=1.5, dash="dot")
    curve = trace(
        "lines+markers",
        (100 * found.confidence[known]).astype(np.float32),
        (100 * found.accuracy[known]).astype(np.float32),
        name="this network",
        text=[counted(int(count), "answer") for count in found.counts[known]],
        hovertemplate="sure %{x:.1f} %, correct %{y:.1f} %, %{text}<extra></extra>",
        line=dict(color=palette.validation, width=2.5),
        marker=dict(color=palette.validation, size=[float(size) for size in sizes], line=dict(width=0)),
        cliponaxis=False,
    )
    percent = dict(range=[0, 103], ticksuffix="\u202f%")
    return chart(
        "Is its confidence justified?",
        f"Calibration curve; the expected calibration error is {100 * found.error:.1f} percent.",
        [trace("lines", [0, 100], [0, 100], name="ideal", line=dotted, hoverinfo="skip"), curve],
        palette,
        f"off by {100 * found.error:.1f} points on average",
        height=HEIGHT,
        margin=dict(l=72, r=20, t=34, b=60),
        xaxis=percent | dict(title=dict(text="how sure it was")),
        yaxis=percent | dict(title=dict(text="how often it was correct", standoff=6)),
    )


def robustness(
    kind: Kind,
    scores: Sequence[float],
    *,
    regression: bool = False,
    here: float | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw the accuracy (shares from 0 to 1), or R² of a regression, at each of a kind's strengths.

    A line marks the strength `here`.
    """
    scale, unit, score = (1, "", "R²") if regression else (100, "\u202f%", "accuracy")
    heights = scale * np.asarray(scores, np.float32)
    low, high = float(np.nanmin(heights, initial=0)), float(np.nanmax(heights, initial=0))
    curve = trace(
        "lines+markers",
        list(kind.strengths),
        heights,
        name="validation",
        line=dict(color=palette.validation, width=2.5),
        marker=dict(color=palette.validation, size=6, line=dict(width=0)),
        hovertemplate=f"%{{x}} {kind.unit}: %{{y:.3~g}}{unit}<extra></extra>",
    )
    line = dict(color=palette.text, width=1.5, dash="dot")
    mark = [] if here is None else [dict(type="line", x0=here, x1=here, y0=0, y1=1, yref="paper", line=line)]
    return chart(
        kind.label,
        f"{kind.label}: {score} from {np.nanmin(heights, initial=high):.3g}{unit} to {high:.3g}{unit}.",
        [curve],
        palette,
        kind.unit,
        height=ROBUSTNESS_HEIGHT,
        margin=dict(l=52, r=12, t=34, b=26),
        xaxis=dict(showgrid=False, fixedrange=True, nticks=8),
        yaxis=dict(range=[low - 0.03 * scale, 1.03 * scale], ticksuffix=unit, nticks=5, fixedrange=True),
        shapes=mark,
    )
