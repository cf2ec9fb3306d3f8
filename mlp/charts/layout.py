"""The layout is what all charts have in common: no boxes, quiet grid lines, numbers large enough for a projector.

A chart is a `Spec`, Plotly's own description of a figure as plain values and arrays. Plotly's classes take 3 ms to
check one, too long for a panel of five charts that moves five times a second; so only the tests make them, of every
chart.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from mlp.charts.palette import Palette

Spec = dict[str, Any]

FONT = "IBM Plex Sans, sans-serif"
FONT_SIZE = 14
LONGEST_NAME, FEWEST_OF_COLUMN = 20, 6  # characters on an axis, and of them of a column before one of its values
LONGEST_TITLE = 30  # characters of a name that is an axis's title: on a phone, a chart is no wider
INPUT = re.compile("^(.+)( = | missing$)(.*)")
MOST_NAMES, MOST_SLANTED = 26, 16  # side by side
MOST_FLAT = 36  # characters of names side by side that need not be slanted
FLAT_ROOM, SLANT = 30, 20  # pixels below an axis: of flat names, and of what slanted ones need less at its left
PAPER = dict(xref="paper", yref="paper")  # places as shares of the plot's width and height, from its lower left


def chart(title: str, summary: str, data: list[Spec], palette: Palette, caption: str = "", **layout: Any) -> Spec:
    """Return a chart of traces in these colors; `summary` says in words what it shows, for people who can't see it.

    `caption` is for pages that show the title as a heading: it goes beside it. Other arguments are Plotly's, of a
    layout; they override the template.
    """
    meta = {"summary": summary, "caption": caption}
    return {"data": data, "layout": {"template": _template(palette), "title": {"text": title}, "meta": meta, **layout}}


def _template(palette: Palette) -> Spec:
    """Return what each chart's layout starts from."""
    place = dict(x=0, xref="paper", xanchor="left", y=1, yref="container", yanchor="top", pad=dict(t=8))
    return {
        "layout": dict(
            title=dict(font=dict(size=FONT_SIZE + 2, color=palette.text), **place),
            font=dict(family=FONT, size=FONT_SIZE, color=palette.text),
            paper_bgcolor="rgba(0,0,0,0)",
            plot_bgcolor="rgba(0,0,0,0)",
            hoverlabel=dict(
                bgcolor=palette.background, bordercolor=palette.quiet, font=dict(family=FONT, color=palette.text)
            ),
            showlegend=False,
            dragmode="zoom",
            xaxis=axis(palette),
            yaxis=axis(palette),
            annotationdefaults=dict(showarrow=False),
        )
    }


def axis(palette: Palette) -> Spec:
    """Return what each axis starts from: quiet numbers and grid lines."""
    lines = dict(gridcolor=palette.grid, gridwidth=1, showline=True, linecolor=palette.grid)
    ticks = dict(ticks="outside", tickcolor=palette.grid, tickfont=dict(color=palette.quiet))
    return dict(zeroline=False, zerolinecolor=palette.quiet, **lines, **ticks)


def blank_axis(**rest: Any) -> Spec:
    """Return an axis that is not drawn and can't be zoomed."""
    return dict(visible=False, fixedrange=True, **rest)


def trace(mode: str, x: Any, y: Any, **rest: Any) -> Spec:
    """Return points or lines, as Plotly's `mode` says."""
    return dict(type="scatter", mode=mode, x=x, y=y, **rest)


def note(text: str, x: float, y: float, color: str, **rest: Any) -> Spec:
    """Return words at a place in the chart."""
    font = {"color": color} | rest.pop("font", {})
    return dict(text=text, x=x, y=y, font=font, **({"xanchor": "center"} | rest))


def color_of(index: int, palette: Palette) -> str:
    """Return the color of the group at this place in the list."""
    return palette.classes[index % len(palette.classes)]


def escape(text: str) -> str:
    """Return text that Plotly shows literally: a run's name may contain anything."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def axis_title(name: str) -> str:
    """Return a name as an axis's title, which Plotly would cut off at both ends."""
    return escape(shortened(name, LONGEST_TITLE))


class NamesBelow(NamedTuple):
    """How names are written along a horizontal axis."""

    places: list[int]  # of those that are written, from 0
    texts: list[str]
    room: int  # pixels below the chart

    @property
    def is_slanted(self) -> bool:
        return self.room > FLAT_ROOM

    @property
    def ticks(self) -> Spec:
        """What an axis needs on which a name's place is its number."""
        return dict(tickvals=self.places, ticktext=self.texts, tickangle=-45 if self.is_slanted else 0)

    def left(self, least: int) -> int:
        """Return the pixels that are needed left of the axis: a slanted name goes as far left as down."""
        return max(least, self.room - SLANT) if self.is_slanted else least


def names_below(names: Sequence[str]) -> NamesBelow:
    """Return how names are written below a chart: of many only some, shortened, and slanted if they are long."""
    longest = max((len(shortened(name)) for name in names), default=0)
    flat = longest * min(len(names), MOST_NAMES) <= MOST_FLAT
    places = list(range(0, len(names), -(-len(names) // (MOST_NAMES if flat else MOST_SLANTED)) or 1))
    texts = [escape(shortened(names[place])) for place in places]
    return NamesBelow(places, texts, FLAT_ROOM if flat else FLAT_ROOM + 6 * longest)


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """Return a name that has room beside a bar or below a dot. Of an input, what its column's others don't have stays.

    >>> shortened("the district of the house = Mitte")
    'the distric… = Mitte'
    """
    column, sign, value = parts[0] if (parts := INPUT.findall(name)) else (name, "", "")
    column = _cut(column, max(longest - len(sign + value), FEWEST_OF_COLUMN))
    return f"{column}{sign}{_cut(value, longest - len(column + sign))}"


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
