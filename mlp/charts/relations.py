"""Relations show settings against results over many runs: in parallel coordinates, or two at a time."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mlp.charts.comparison import DASHES, HEIGHT, folded
from mlp.charts.curves import float32
from mlp.charts.layout import Spec, blank_axis, chart, color_of, escape, note, shortened, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.comparison.groups import RESULTS, Group, setting_text
from mlp.config import SETTINGS
from mlp.store import RunRecord
from mlp.text import UNKNOWN, counted, in_text, known_or_none

WIDE = 20  # a quantity whose largest value is this many times its smallest gets a logarithmic axis
FEW_VALUES = 7  # up to this many values of a setting are evenly spaced
NUMBERS, SHARES = ",~r", ",~%"  # 28,710 and 0.001 as in the table, not Plotly's "30k" and "1m"; 12.5%
SYMBOLS = ("circle", "square", "diamond", "triangle-up")
SHADES = 5  # of lines that are not selected,
FAINTEST = 0.3  # and the opacity of the worst
AXIS_WIDTH = 96  # pixels that one of many parallel axes needs


class Scale(NamedTuple):
    """A setting or result of many runs along an axis from 0 to 1."""

    places: list[float]  # one per run; NaN if unknown
    marks: list[tuple[float, str]]


def value_of(run: RunRecord, name: str) -> Any:
    """Return a setting or a result of a run, a result in the unit in which it is shown."""
    return RESULTS[name].shown(run) if name in RESULTS else getattr(run.config, name)


def name_of(name: str) -> str:
    """Return what a setting or result is called, with its unit."""
    label: str = RESULTS[name].label if name in RESULTS else SETTINGS[name].label
    return label


def _is_share(name: str) -> bool:
    """Whether a setting or result is shown in percent, but is a number from 0 to 1."""
    return name in SETTINGS and SETTINGS[name].is_share


def scale_of(values: Sequence[Any], name: str, token: str | None = None) -> Scale:
    """Return the places of runs on an axis: names, and few different numbers, evenly spaced; others by size."""
    if steps := _steps(values, name):
        place = {value: index / (len(steps) - 1) if len(steps) > 1 else 0.5 for index, value in enumerate(steps)}
        marks = [(place[value], _mark(name, value, token)) for value in steps]
        if len(marks) > FEW_VALUES:  # the names of nine networks would overlap
            marks = [marks[round(index)] for index in np.linspace(0, len(marks) - 1, FEW_VALUES)]
        return Scale([place[value] for value in values], marks)
    numbers = np.where(np.isfinite(values), values, np.nan).astype(np.float64)
    log = _is_wide(values)
    if log:
        numbers = np.log10(numbers)
    if np.isnan(numbers).all():
        return Scale(numbers.tolist(), [])
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    if low == high:
        return Scale((numbers - low + 0.5).tolist(), [(0.5, _number_words(low, name))])
    ticks = [(place, low + place * (high - low)) for place in (0.0, 0.5, 1.0)]
    words = [(place, _number_words(10.0**tick if log else tick, name)) for place, tick in ticks]
    return Scale(((numbers - low) / (high - low)).tolist(), words)


def _mark(name: str, value: Any, token: str | None) -> str:
    """Return what is written on an axis for a setting's value."""
    text = setting_text(name, value, token)
    return escape(shortened(text)) if name == "dataset" else text


def _steps(values: Sequence[Any], name: str) -> list[Any]:
    """Return a setting's different values in order, if they are names or few numbers; otherwise none."""
    different = set(values)
    if name not in SETTINGS or (SETTINGS[name].are_numbers(values) and len(different) > FEW_VALUES):
        return []
    # Networks are sorted by all their units, not only by the first layer's.
    return sorted(different, key=lambda value: (sum(value), value) if isinstance(value, tuple) else (value, ()))


def _is_wide(values: Sequence[float]) -> bool:
    known = [value for value in values if math.isfinite(value)]
    return bool(known) and min(known) > 0 and max(known) >= WIDE * min(known)


def _number_words(value: float, name: str) -> str:
    if _is_share(name):
        return SETTINGS[name].show(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _styles(runs: Sequence[RunRecord], groups: Sequence[Group]) -> dict[str, int]:
    """Return the place in the list of groups of each run that is in one."""
    shown = {run.id for run in runs}
    return {run.id: index for index, group in enumerate(groups) for run in group.runs if run.id in shown}


def parallel(
    runs: Sequence[RunRecord],
    names: Sequence[str],
    groups: Sequence[Group] = (),
    *,
    shade_by: str = "",
    token: str | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw each run as a line over one axis per setting or result; those in `groups` in their colors.

    The others are gray or, with the name of a result among the axes to `shade_by`, the stronger the better it is.
    Imported data is called as in the browser with this token.
    """
    scales = [scale_of([value_of(run, name) for run in runs], name, token) for name in names]
    labels = [name_of(name) for name in names]
    styles = _styles(runs, groups)
    quiet = [row for row, run in enumerate(runs) if run.id not in styles]
    data = []
    for opacity, rows in (
        _shades(scales[names.index(shade_by)].places, quiet, shade_by) if shade_by else [(0.35, quiet)]
    ):
        if not rows:
            continue
        # One line with gaps for all of a shade.
        xs = np.tile([*range(len(scales)), np.nan], len(rows))
        ys = np.array([[*(scale.places[row] for scale in scales), np.nan] for row in rows]).reshape(-1)
        color = palette.validation if shade_by else palette.quiet
        faint = dict(line=dict(color=color, width=1.5 if shade_by else 1), opacity=opacity, hoverinfo="skip")
        plotted = _plotted([runs[row] for row in rows], names, token)
        data.append(trace("lines", float32(xs), float32(ys), name="not selected", meta=plotted, **faint))
    for row, run in enumerate(runs):
        if run.id not in styles:
            continue
        index = styles[run.id]
        color = color_of(index, palette)
        data.append(
            trace(
                "lines+markers",
                list(range(len(scales))),
                [known_or_none(scale.places[row]) for scale in scales],
                name=groups[index].label,
                meta=_plotted([run], names, token),
                connectgaps=True,
                line=dict(color=color, width=2.5, dash=DASHES[index % len(DASHES)]),
                marker=dict(color=color, size=8),
                text=[_words(run, name, token) for name in names],
                hovertemplate=f"{escape(groups[index].label)}<br>%{{text}}<extra></extra>",
            )
        )
    line = dict(color=palette.quiet, width=1)
    posts = [
        dict(type="line", x0=place, x1=place, y0=0, y1=1, layer="below", line=line) for place in range(len(scales))
    ]
    room: Spec = dict(xanchor="left", xshift=5, yanchor="middle", bgcolor=palette.background, font=dict(size=13))
    marks = [
        note(text, place, height, palette.quiet, **room)
        for place, scale in enumerate(scales)
        for height, text in scale.marks
    ]
    drawn = chart(
        "Settings and results",
        f"Parallel coordinates of {counted(len(runs), 'run')} over {', '.join(labels)}.",
        data,
        palette,
        "one line per run; "
        + (f"the stronger, the better its {in_text(name_of(shade_by))}" if shade_by else "those not selected are gray"),
        height=HEIGHT,
        margin=dict(l=24, r=84, t=78, b=16),
        hovermode="closest",
        xaxis=blank_axis(range=[-0.06, max(len(scales) - 1, 1) + 0.06]),
        yaxis=blank_axis(range=[-0.04, 1.04]),
        shapes=posts,
        annotations=[*(_heading(label, place, palette) for place, label in enumerate(labels)), *marks],
    )
    drawn["layout"]["meta"]["least"] = AXIS_WIDTH * len(scales)
    return drawn


def _shades(places: Sequence[float], rows: Sequence[int], name: str) -> list[tuple[float, list[int]]]:
    """Return some rows by how strongly they are drawn, the worst and faintest first, each fifth of them alike."""
    known = sorted((row for row in rows if math.isfinite(places[row])), key=lambda row: places[row])
    if name.endswith("loss"):
        known.reverse()
    parts = np.array_split(np.array(known, dtype=np.intp), SHADES)
    return [(FAINTEST ** (1 - number / (SHADES - 1)), part.tolist()) for number, part in enumerate(parts)]


def _plotted(runs: Sequence[RunRecord], names: Sequence[str], token: str | None) -> Spec:
    """Return what the lines of runs show, for the chart's CSV: every axis is drawn from 0 to 1."""
    shown = [(run, name) for run in runs for name in names]
    return dict(
        run=[escape(run.name or run.id) for run, _ in shown],
        x=[name_of(name) for _, name in shown],
        y=[_number_or_words(value_of(run, name), name, token) for run, name in shown],
    )


def _number_or_words(value: Any, name: str, token: str | None) -> float | str | None:
    is_word = name in SETTINGS and not SETTINGS[name].are_numbers([value])
    return escape(setting_text(name, value, token)) if is_word else known_or_none(value)


def _heading(label: str, place: int, palette: Palette) -> Spec:
    """Return an axis's name above it, on two lines if it is long."""
    words = label.split(" ")
    half = len(words) - len(words) // 2
    text = label if len(label) <= 14 or len(words) == 1 else f"{' '.join(words[:half])}<br>{' '.join(words[half:])}"
    room = dict(yref="paper", yanchor="bottom", xanchor="left", align="left", xshift=-8, yshift=6)
    return note(text, place, 1, palette.text, **room)


def _words(run: RunRecord, name: str, token: str | None) -> str:
    value = value_of(run, name)
    if name in SETTINGS:
        text = setting_text(name, value, token)
    else:
        text = _number_words(value, name) if math.isfinite(value) else UNKNOWN
    return f"{name_of(name)}: {escape(text)}"


def scatter(
    runs: Sequence[RunRecord],
    setting: str,
    result: str,
    groups: Sequence[Group] = (),
    *,
    token: str | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw a result over a setting (or another result), one dot per run; those in `groups` in their colors.

    Imported data is called as in the browser with this token.
    """
    styles = _styles(runs, groups)
    known = [run for run in runs if math.isfinite(value_of(run, result))]
    places, horizontal = _across([value_of(run, setting) for run in known], setting, token, palette)
    heights = [float(value_of(run, result)) for run in known]
    data = []
    for index in (None, *range(len(groups))):
        rows = [row for row, run in enumerate(known) if styles.get(run.id) == index]
        if not rows:
            continue
        if index is None:
            style = dict(name="not selected", showlegend=False, opacity=0.5)
            marker = dict(color=palette.quiet, size=8, symbol="circle")
        else:
            style = dict(name=folded(groups[index].label), showlegend=True, opacity=1)
            marker = dict(color=color_of(index, palette), size=13, symbol=SYMBOLS[index % len(SYMBOLS)])
        words = ["<br>".join(_words(known[row], name, token) for name in (setting, result)) for row in rows]
        x, y = ([values[row] for row in rows] for values in (places, heights))
        hover = dict(text=words, hovertemplate="%{text}<extra></extra>")
        meta = dict(x=[_number_or_words(value_of(known[row], setting), setting, token) for row in rows])
        data.append(trace("markers", x, y, cliponaxis=False, marker=marker, meta=meta, **style, **hover))
    vertical: Spec = dict(nticks=6, tickformat=NUMBERS, title=_title(result, palette))
    if _is_wide(heights):
        vertical |= dict(type="log", nticks=5)
    return chart(
        f"{name_of(result)} over {in_text(name_of(setting))}",
        f"{name_of(result)} of {counted(len(known), 'run')} over {in_text(name_of(setting))}.",
        data,
        palette,
        "one dot per run; those not selected are gray",
        height=HEIGHT,
        margin=dict(l=84, r=24, t=34, b=54),
        hovermode="closest",
        xaxis=horizontal,
        yaxis=vertical,
        showlegend=any(drawn["showlegend"] for drawn in data),
        legend=dict(font=dict(color=palette.text), bgcolor="rgba(0,0,0,0)", y=0.92),
        uirevision="zoom stays",
    )


def _title(name: str, palette: Palette) -> Spec:
    return dict(text=name_of(name), font=dict(color=palette.text), standoff=8)


def _across(values: Sequence[Any], name: str, token: str | None, palette: Palette) -> tuple[list[Any], Spec]:
    """Return the places of runs on a horizontal axis, and the axis; few different values are evenly spaced."""
    across: Spec = dict(tickformat=SHARES if _is_share(name) else NUMBERS, showgrid=False, title=_title(name, palette))
    if steps := _steps(values, name):
        words = [_mark(name, value, token) for value in steps]
        across |= dict(tickvals=list(range(len(steps))), ticktext=words, range=[-0.5, len(steps) - 0.5])
        return [steps.index(value) for value in values], across
    if _is_wide(values):
        across["type"] = "log"
    return [known_or_none(value) for value in values], across
