"""The picture for the README: examples a second, side by side, drawn by Plotly."""

from pathlib import Path

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.contenders import CONTENDERS
from benchmarks.steps import Result, name_of
from mlp.charts.palette import LIGHT

SHOWN = ("tutorial", "scikit_learn", "pytorch", "jax_jit", "ours")  # from bottom to top
HIDDEN = (100, 200)
FONT = "DejaVu Sans, Verdana, sans-serif"


def figure(results: list[Result]) -> go.Figure:
    """Return bars for the tutorial's network at one thread, a panel for each setting."""
    panels = [result for result in results if result.one_thread and result.config.hidden == HIDDEN]
    titles = [name_of(result.config).split(", ", 1)[1] for result in panels]
    columns = 2 if len(panels) > 1 else 1
    drawn = make_subplots(
        -(-len(panels) // columns),
        columns,
        subplot_titles=titles,
        shared_xaxes="all",
        horizontal_spacing=0.18,
        vertical_spacing=0.18,
    )
    for index, result in enumerate(panels):
        names = [name for name in SHOWN if name in result.paces]
        speeds = [result.config.batch_size / result.paces[name].seconds / 1e3 for name in names]
        drawn.add_bar(
            orientation="h",
            x=speeds,
            y=[CONTENDERS[name].label for name in names],
            text=[f"{speed:,.0f}" for speed in speeds],
            textposition="outside",
            cliponaxis=False,
            marker_color=[LIGHT.train if name == "ours" else LIGHT.quiet for name in names],
            row=index // columns + 1,
            col=index % columns + 1,
        )
    drawn.update_xaxes(showgrid=False, showticklabels=False, zeroline=False)
    drawn.update_layout(
        title="Thousand training examples a second, 784–100–200–10, one thread",
        font={"family": FONT, "size": 14, "color": LIGHT.text},
        paper_bgcolor=LIGHT.background,
        plot_bgcolor=LIGHT.background,
        showlegend=False,
        width=960,
        height=560,
        margin={"l": 110, "r": 50, "t": 100, "b": 20},
    )
    return drawn


def write(results: list[Result], path: Path) -> str:
    """Write the picture, or a page that shows it where there is no browser to draw it; return what was done."""
    drawn = figure(results)
    path.parent.mkdir(exist_ok=True)
    try:
        drawn.write_image(path)  # by kaleido, in the Chrome or Chromium it finds
    except (ValueError, RuntimeError) as error:
        page = path.with_suffix(".html")
        drawn.write_html(page, include_plotlyjs="cdn")
        return f"{path.name} could not be drawn ({str(error).strip().splitlines()[0]}); {page} shows it in a browser."
    return f"Wrote {path}."
