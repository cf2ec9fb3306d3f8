"""Charts turn values into figures for Plotly; they know no screen, so they work in a notebook as on the dashboard.

import plotly.io
from mlp.charts.curves import learning_curves

plotly.io.show(learning_curves("accuracy", history))
"""

from mlp.charts.palette import DARK, LIGHT, Palette

__all__ = ["DARK", "LIGHT", "Palette"]
