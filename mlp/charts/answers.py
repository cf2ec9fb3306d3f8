"""Charts of a network's answers: how well it knows each class, and whether its confidence is justified."""

from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import Spec, axis, layout
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.metrics import Calibration, ClassScores
from mlp.text import counted

HEIGHT = 330  # pixels


def scores(found: ClassScores, class_names: Sequence[str], *, palette: Palette = LIGHT) -> Spec:
    """Draw precision, recall and F1 of each class in percent."""
    marks = (
        ("precision", found.precision, palette.classes[0], "triangle-up"),
        ("recall", found.recall, palette.classes[1], "square"),
        ("F1", found.f1, palette.text, "circle"),
    )
    known = np.concatenate([values[np.isfinite(values)] for _, values, _, _ in marks])
    low = min(np.floor(20 * known.min()) / 20, 0.95) if len(known) else 0.0  # not so near that ticks go above 100 %
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": list(class_names),
                "y": (100 * values).astype(np.float32),
                "marker": {"color": color, "symbol": symbol, "size": 10},
            }
            for name, values, color, symbol in marks
        ],
        "layout": layout(
            "Each class",
            "Precision, recall and F1 of each class: "
            + ", ".join(f"{name} {100 * f1:.1f}" for name, f1 in zip(class_names, found.f1, strict=True))
            + ".",
            palette,
            height=HEIGHT,
            margin={"l": 60, "r": 8, "t": 34, "b": 60},
            hovermode="x unified",
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            xaxis=axis(palette, type="category", showgrid=False, fixedrange=True),
            yaxis=axis(palette, range=[100 * low - 0.9, 100.9], ticksuffix="\u202f%", hoverformat=".1f"),
            annotations=[],
            shapes=[],
        ),
    }


def calibration(found: Calibration, *, palette: Palette = LIGHT) -> Spec:
    """Draw how often answers are correct against how sure they were; a well-calibrated network is on the diagonal."""
    known = found.counts > 0
    sizes = 8 + 18 * np.sqrt(found.counts[known] / max(found.counts.max(), 1))
    diagonal: Spec = {"type": "scatter", "mode": "lines", "x": [0, 100], "y": [0, 100], "hoverinfo": "skip"}
    diagonal |= {"name": "ideal", "line": {"color": palette.quiet, "width": 1.5, "dash": "dot"}}
    curve = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "this network",
        "x": (100 * found.confidence[known]).astype(np.float32),
        "y": (100 * found.accuracy[known]).astype(np.float32),
        "text": [counted(int(count), "answer") for count in found.counts[known]],
        "hovertemplate": "sure %{x:.1f} %, correct %{y:.1f} %, %{text}<extra></extra>",
        "line": {"color": palette.validation, "width": 2.5},
        "marker": {"color": palette.validation, "size": [float(size) for size in sizes], "line": {"width": 0}},
        "cliponaxis": False,
    }
    error = f"off by {100 * found.error:.1f} points on average"
    return {
        "data": [diagonal, curve],
        "layout": layout(
            "Is its confidence justified?",
            f"Calibration curve; the expected calibration error is {100 * found.error:.1f} percent.",
            palette,
            error,
            height=HEIGHT,
            margin={"l": 72, "r": 20, "t": 34, "b": 60},
            xaxis=axis(palette, range=[0, 103], ticksuffix="\u202f%", title={"text": "how sure it was"}),
            yaxis=axis(
                palette, range=[0, 103], ticksuffix="\u202f%", title={"text": "how often it was correct", "standoff": 6}
            ),
            annotations=[],
            shapes=[],
        ),
    }
