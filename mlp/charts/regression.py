"""Charts of a regression: predicted against true numbers, and what is left over."""

import numpy as np

from mlp.charts.layout import Spec, axis_title, chart, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.regression import NumberPredictions, regression_scores
from mlp.network.layers import Array
from mlp.text import compact, score

HEIGHT = 330  # pixels
MOST_POINTS = 2_000  # of a split that are drawn, evenly spread


def predicted_against_true(predictions: NumberPredictions, target: str, *, palette: Palette = LIGHT) -> Spec:
    """Draw each prediction over the true number, `target`; exact ones are on the diagonal."""
    found = regression_scores(predictions)
    shown = _shown(predictions)
    numbers, truth = predictions.numbers[shown], predictions.truth[shown]
    ends = [float(truth.min()), float(truth.max())] if len(shown) else [0, 1]
    title = "Predicted against true"
    return chart(
        title,
        f"{title} {target}: R² {score(found.r_squared)}, mean absolute error {compact(found.mae)}.",
        [
            trace("lines", ends, ends, name="exact", line=_dotted(palette), hoverinfo="skip"),
            _points(truth, numbers, shown, "true %{x:.4~g}, predicted %{y:.4~g}", palette),
        ],
        palette,
        "dotted line: exact",
        height=HEIGHT,
        margin=dict(l=72, r=20, t=34, b=60),
        hovermode="closest",
        xaxis=dict(title=dict(text=axis_title(f"true {target}")), nticks=7),
        yaxis=dict(title=dict(text="predicted", standoff=6), nticks=7),
    )


def residuals(predictions: NumberPredictions, target: str, *, palette: Palette = LIGHT) -> Spec:
    """Draw true − predicted over the predicted number, `target`: a good model leaves no pattern."""
    found = regression_scores(predictions)
    shown = _shown(predictions)
    numbers = predictions.numbers[shown]
    ends = [float(numbers.min()), float(numbers.max())] if len(shown) else [0, 1]
    return chart(
        "Residuals",
        f"Residuals, true minus predicted, of {target}: off by {compact(found.mae)} on average.",
        [
            trace("lines", ends, [0, 0], name="exact", line=_dotted(palette), hoverinfo="skip"),
            _points(numbers, predictions.residuals[shown], shown, "predicted %{x:.4~g}, off by %{y:.4~g}", palette),
        ],
        palette,
        f"off by {compact(found.mae)} on average",
        height=HEIGHT,
        margin=dict(l=72, r=20, t=34, b=60),
        hovermode="closest",
        xaxis=dict(title=dict(text=axis_title(f"predicted {target}")), nticks=7),
        yaxis=dict(title=dict(text="true − predicted", standoff=6), nticks=7),
    )


def _shown(predictions: NumberPredictions) -> Array:
    """Return the examples that are drawn, shape [shown]."""
    known = np.flatnonzero(predictions.known)
    return known[np.unique(np.linspace(0, len(known) - 1, MOST_POINTS).astype(int))] if len(known) else known


def _points(x: Array, y: Array, rows: Array, hover: str, palette: Palette) -> Spec:
    marker = dict(color=palette.validation, size=7, opacity=0.65, line=dict(width=0))
    hover = f"example %{{customdata}}: {hover}<extra></extra>"
    return trace(
        "markers",
        x.astype(np.float32),
        y.astype(np.float32),
        name="predictions",
        customdata=(rows + 1).astype(np.int32),  # what a person calls the examples
        marker=marker,
        hovertemplate=hover,
    )


def _dotted(palette: Palette) -> Spec:
    return dict(color=palette.quiet, width=1.5, dash="dot")
