"""Charts turn values into Plotly figures; they know no screen, so they work in a notebook as on the dashboard.

    charts.learning_curves("accuracy", history).show()

Each is the function of the same name in a module of this package, whose result Plotly checks and makes a figure of.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec

import plotly.graph_objects as go

from mlp.charts import comparison, curves, diagrams, distributions, planes, relations
from mlp.charts.layout import Spec
from mlp.charts.palette import DARK, LIGHT, Palette

__all__ = [
    "DARK",
    "LIGHT",
    "Palette",
    "architecture",
    "compared_curves",
    "compared_weights",
    "decisions",
    "learning_curves",
    "parallel",
    "scatter",
    "weights",
]

Arguments = ParamSpec("Arguments")


def _figure(draw: Callable[Arguments, Spec]) -> Callable[Arguments, go.Figure]:
    @functools.wraps(draw)
    def figure(*args: Arguments.args, **kwargs: Arguments.kwargs) -> go.Figure:
        return go.Figure(draw(*args, **kwargs))

    return figure


learning_curves = _figure(curves.learning_curves)
weights = _figure(distributions.weights)
decisions = _figure(planes.decisions)
architecture = _figure(diagrams.architecture)
compared_curves = _figure(comparison.compared_curves)
compared_weights = _figure(distributions.compared_weights)
parallel = _figure(relations.parallel)
scatter = _figure(relations.scatter)
