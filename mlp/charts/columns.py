"""Charts of a table's columns: which matter to a network, and how its answer depends on one of them."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from mlp.charts.layout import Spec, axis_title, chart, color_of, escape, names_below, shortened, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.inspection.dependence import Dependence
from mlp.inspection.importance import Importance

MOST_COLUMNS = 20  # that are drawn, those that matter most
BAR_HEIGHT = 26  # pixels
HEIGHT = 270
DATE, DATE_HOVER = "%Y-%m-%d", "%{x|%Y-%m-%d}"  # how dates are written; three have room on an axis
MOST_CLASSES = 6  # whose curves are drawn, those that change most
KEY_ROW, KEY_WIDTH = 22, 330  # pixels: a row of names above the curves, and the least width of all
TOPS = (10, 20, 50, 100)  # percent: where the axis of probabilities may end


def importance(
    found: Importance,
    names: Sequence[str],
    *,
    regression: bool,
    title: str = "What matters",
    changed: str = "shuffled",
    palette: Palette = LIGHT,
) -> Spec:
    """Draw how much accuracy, or R² of a regression, drops when each column is changed, the most important on top.

    The whiskers are one standard deviation of the repeats to each side.
    """
    order = np.argsort(-np.nan_to_num(found.means), kind="stable")[:MOST_COLUMNS]
    scale, unit, score = (1, "", "R²") if regression else (100, "\u202f%", "accuracy")
    places, drops = list(range(len(order))), (scale * found.means[order]).astype(np.float32)
    spreads = (scale * found.spreads[order]).astype(np.float32)
    written = ", ".join(f"{names[column]} {drop:.2g}" for column, drop in zip(order, drops, strict=True))
    bars = dict(
        type="bar",
        orientation="h",
        x=drops,
        y=places,
        meta=dict(y=[escape(names[column]) for column in order]),
        text=[escape(names[column]) for column in order],
        textposition="none",
        marker=dict(color=palette.validation),
        error_x=dict(type="data", array=spreads, color=palette.text, thickness=1.5, width=4),
        hovertemplate="%{text}: %{x:.3~g} ± %{error_x.array:.2~g}<extra></extra>",
    )
    left_out = len(names) - len(order)
    return chart(
        title,
        f"Drop in {score} when a column is {changed}: {written}.",
        [bars],
        palette,
        f"drop in {score} when a column is {changed}" + (f"; {left_out:,} more columns" if left_out else ""),
        height=80 + BAR_HEIGHT * len(order),
        margin=dict(l=20 + 8 * max(len(shortened(names[column])) for column in order), r=20, t=34, b=30),
        xaxis=dict(ticksuffix=unit, nticks=6, tickangle=0, zeroline=True, fixedrange=True),
        yaxis=dict(
            tickvals=places,
            ticktext=[escape(shortened(names[column])) for column in order],
            range=[len(order) - 0.5, -0.5],
            showgrid=False,
            fixedrange=True,
        ),
        bargap=0.35,
    )


def dependence(
    found: Dependence,
    column: str,
    answers: Sequence[str],
    *,
    categories: Sequence[str] = (),
    date_of: Callable[[float], str] | None = None,
    here: float = math.nan,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw how the mean answer depends on a column: a curve for a number, dots for the names in `categories`.

    `answers` are the names of the classes, or of a regression's target alone. `here` is the value of the row that is
    looked at, which a line marks. Of a column of dates, `date_of` returns the date that a number means.
    """
    regression = len(answers) == 1
    heights = found.answers if regression else 100 * found.answers
    swings = np.nan_to_num(np.ptp(heights, axis=0))
    shown = np.sort(np.argsort(-swings, kind="stable")[:MOST_CLASSES])
    unit = "" if regression else "\u202f%"
    x = [date_of(value) for value in found.values] if date_of else found.values.astype(np.float32)
    value = "%{text}" if categories else DATE_HOVER if date_of else "%{x:.4~g}"
    traces = []
    for place, index in enumerate(shown.tolist()):
        own = index if len(answers) <= len(palette.classes) else place  # of many classes, several share a color
        color = palette.validation if regression else color_of(own, palette)
        traces.append(
            trace(
                "markers" if categories else "lines",
                x,
                heights[:, index].astype(np.float32),
                name=escape(shortened(answers[index])),
                text=[escape(name) for name in categories] or None,
                line=dict(color=color, width=2.5),
                marker=dict(color=color, size=10),
                hovertemplate=f"{value}: %{{y:.4~g}}{unit}",
            )
        )
    most = int(np.argmax(swings))
    rest = f"; the {len(shown)} classes that change most of {len(answers)}" if len(shown) < len(answers) else ""
    top = next((top for top in TOPS if np.nan_to_num(heights).max() <= top), 100)  # stays still for small changes
    low, high = float(heights[:, most].min()), float(heights[:, most].max())
    across = dict(title=dict(text=axis_title(column)), fixedrange=True, nticks=7, tickangle=0)
    below = names_below(categories)
    key = 0 if regression else sum(44 + 8 * len(shortened(answers[index])) for index in shown)
    if categories:
        across |= dict(range=[-0.5, len(categories) - 0.5], **below.ticks)
    if date_of:
        across |= dict(type="date", tickformat=DATE, tickvals=x[len(x) // 6 :: math.ceil(len(x) / 3)])
    line = dict(color=palette.text, width=1.5, dash="dot")
    mark = []
    if math.isfinite(here):
        at = date_of(here) if date_of else here
        mark.append(dict(type="line", x0=at, x1=at, y0=0, y1=1, yref="paper", line=line))
    return chart(
        "Partial dependence",
        f"Mean answer over {column}: {answers[most]} from {low:.3g}{unit} to {high:.3g}{unit}.",
        traces,
        palette,
        f"mean answer of many rows with this value{rest}",
        height=HEIGHT + below.room + KEY_ROW * (key // KEY_WIDTH),
        margin=dict(l=72, r=20, t=34, b=below.room + 30),
        hovermode="closest",
        showlegend=not regression,
        legend=dict(orientation="h", x=0, y=1.02, yanchor="bottom"),
        xaxis=across,
        yaxis=dict(
            title=dict(text=axis_title(answers[0]) if regression else "probability", standoff=6),
            ticksuffix=unit,
            nticks=6,
            fixedrange=True,
            **({} if regression else {"range": [-0.03 * top, 1.03 * top]}),
        ),
        shapes=mark,
    )
