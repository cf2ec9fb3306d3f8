"""The layout is what all charts have in common: no boxes, quiet grid lines, numbers large enough for a projector.

A chart is made as a `Spec`, Plotly's own description of a figure as plain values and arrays. Plotly's classes take
3 ms to check one, too long for a panel of five charts that moves five times a second; so only `mlp.charts` makes
them, for notebooks, and the tests check every chart that way.
"""

from typing import Any

from mlp.charts.palette import Palette

Spec = dict[str, Any]

FONT = "IBM Plex Sans, sans-serif"
FONT_SIZE = 14


def layout(title: str, summary: str, palette: Palette, caption: str = "", **rest: Any) -> Spec:
    """Return a layout with these colors; `summary` says in words what the chart shows, for people who can't see it.

    `caption` is for pages that show the title as a heading: it goes beside it.
    """
    return {
        "title": {
            "text": title,
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 8},
            "font": {"size": FONT_SIZE + 2, "color": palette.text},
        },
        "meta": {"summary": summary, "caption": caption},
        "font": {"family": FONT, "size": FONT_SIZE, "color": palette.text},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {
            "bgcolor": palette.background,
            "bordercolor": palette.quiet,
            "font": {"family": FONT, "color": palette.text},
        },
        "showlegend": False,
        "dragmode": "zoom",
        **rest,
    }


def axis(palette: Palette, **rest: Any) -> Spec:
    """Return an axis with quiet numbers and grid lines."""
    return {
        "gridcolor": palette.grid,
        "gridwidth": 1,
        "zeroline": False,
        "zerolinecolor": palette.quiet,
        "linecolor": palette.grid,
        "tickcolor": palette.grid,
        "tickfont": {"color": palette.quiet},
        "fixedrange": False,
        **rest,
    }


def blank_axis(**rest: Any) -> Spec:
    """Return an axis that is not drawn and can't be zoomed."""
    return {"visible": False, "fixedrange": True, **rest}


def note(text: str, x: float, y: float, color: str, **rest: Any) -> Spec:
    """Return words at a place in the chart."""
    font = {"color": color} | rest.pop("font", {})
    return {"text": text, "x": x, "y": y, "xanchor": "center", "showarrow": False, "font": font, **rest}
