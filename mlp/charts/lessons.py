"""The charts of the lessons: points and a line, curves with a key, bars, and rows of pictures."""

import math
from collections.abc import Sequence

import numpy as np

from mlp.charts.layout import FONT_SIZE, PAPER, Spec, blank_axis, chart, note, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.planes import SYMBOLS, class_points, decisions
from mlp.inspection.plane import DecisionMap
from mlp.lessons.experiment import Curve
from mlp.lessons.normalization import Strip
from mlp.lessons.perceptron import Line
from mlp.network.layers import Array
from mlp.text import counted

HEIGHT = 290  # pixels
SQUARE = 370
STRIPES = ("solid", "dash", "dot")  # lines differ in form as well as in color
STROKES = ("———", "– – –", "· · · ·")  # the same in a key
SHAPES = ("●", "■", "○")  # points in a key
LONGEST_ROW = 36  # characters in one row of a key: what a phone has room for
ROW = 20  # pixels
FEW = 12  # up to this many points each get a marker, and a tick on the axis
MOST_TICKS = 8  # have room side by side in half a tablet
FLAT = 1e-3  # of a line's height: smaller differences are only rounding
UNKNOWN = "NaN or infinite"
AROUND = 1.15  # times the farthest coordinate: how far a plane reaches


def curves(
    title: str,
    lines: Sequence[Curve],
    across: str,
    upwards: str,
    *,
    mark: tuple[float, float] | None = None,
    range_y: tuple[float, float] | None = None,
    log_x: bool = False,
    suffix: str = "",
    height: int = HEIGHT,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw lines over one axis; `mark` is a point (x, y) on the first one. NaN and infinity leave a gap."""
    data: list[Spec] = []
    for index, line in enumerate(lines):
        color = palette.classes[index]
        data.append(
            trace(
                "lines+markers" if len(line.x) <= FEW else "lines",
                np.asarray(line.x, np.float32),
                np.where(np.isfinite(line.y), line.y, np.nan).astype(np.float32),
                name=line.name,
                line=dict(color=color, width=3, dash=STRIPES[index % len(STRIPES)]),
                marker=dict(color=color, size=7, symbol=SYMBOLS[index % len(SYMBOLS)]),
                hovertemplate=f"{line.name}: %{{y:.4g}}{suffix}<extra></extra>",
            )
        )
    if mark is not None:
        dot = dict(size=14, color=palette.text, line=dict(color=palette.background, width=2))
        data.append(trace("markers", [mark[0]], [mark[1]], marker=dot, hoverinfo="skip"))
    ticks: Spec = dict(type="log", dtick=1) if log_x else dict(nticks=9)
    if len(lines[0].x) <= FEW:
        every = 1 if len(lines[0].x) <= MOST_TICKS else 2
        ticks |= dict(tickmode="array", tickvals=[float(place) for place in lines[0].x[::every]], tickangle=0)
    names = [(STROKES[index], line.name, palette.classes[index]) for index, line in enumerate(lines)]
    key, bottom = _key(names, 42, palette) if len(lines) > 1 else (None, 46)
    titles = [
        dict(title=dict(text=text, font=dict(color=palette.quiet, size=FONT_SIZE), standoff=4), fixedrange=True)
        for text in (across, upwards)
    ]
    return chart(
        title,
        _summary(title, lines, across),
        data,
        palette,
        height=height,
        margin=dict(l=58, r=14, t=34, b=bottom),
        xaxis=dict(**titles[0], showgrid=False, **ticks),
        yaxis=dict(**titles[1], nticks=6, ticksuffix=suffix, range=list(range_y or _range(lines))),
        annotations=[key] if key else [],
    )


def line_and_points(
    title: str,
    line: Line,
    points: Array,
    labels: Array,
    right: Array,
    *,
    rival: Line | None = None,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw points [n, 2] of two classes, and the line where the perceptron's sum is 0; wrong points are circled.

    The side that the perceptron calls class 1 is tinted. `rival` is the reader's own line, dashed, to compare with.
    """
    reach = AROUND * float(np.abs(points).max())
    tint = dict(fill="toself", fillcolor=palette.classes[1], opacity=0.16, line=dict(width=0), hoverinfo="skip")
    data = [
        trace("lines", *_half_plane(line, reach), **tint),
        *class_points(points, labels, ~right, ("class 0", "class 1"), palette, width=2),
    ]
    for name, each, dash in (("line", line, "solid"), ("your line", rival, "dash")):
        if each is not None:
            stroke = dict(color=palette.text, width=3, dash=dash)
            data.append(trace("lines", *_ends(each, reach).T, name=name, line=stroke, hoverinfo="skip"))
    count = int(right.sum())
    entries = _points_key(("class 0", "class 1"), palette)
    if rival is not None:
        entries.append((STROKES[1], "your line", palette.text))
    key, bottom = _key(entries, 26, palette)
    still = dict(nticks=5, showgrid=False, fixedrange=True)
    return chart(
        title,
        f"{title}: {count} of {len(points)} points are on their class's side of it.",
        data,
        palette,
        f"{count} of {len(points)} correct",
        height=SQUARE,
        margin=dict(l=36, r=8, t=34, b=bottom),
        xaxis=dict(range=[-reach, reach], **still),
        yaxis=dict(range=[-0.75 * reach, 0.75 * reach], **still),
        annotations=[key],
    )


def decided(
    title: str,
    plane: DecisionMap,
    points: Array,
    labels: Array,
    correct: Array,
    class_names: Sequence[str],
    *,
    palette: Palette = LIGHT,
) -> Spec:
    """Draw a decision map with this title."""
    drawn = decisions(plane, points, labels, correct, class_names, palette=palette)
    key, bottom = _key(_points_key(class_names, palette), 26, palette)
    drawn["layout"] |= dict(height=SQUARE, showlegend=False, title=dict(text=title), annotations=[key])
    drawn["layout"]["margin"]["b"] = bottom
    return drawn


def bars(
    title: str,
    names: Sequence[str],
    values: Array,
    limits: tuple[float, float],
    *,
    words: Sequence[str],
    palette: Palette = LIGHT,
) -> Spec:
    """Draw one bar per class in the class's color, with its value as text at its end."""
    colors = list(palette.classes[: len(names)])
    notes = [
        note(word, index, float(value), palette.text, yanchor="bottom" if value >= 0 else "top", yshift=2)
        for index, (word, value) in enumerate(zip(words, values, strict=True))
    ]
    heights = np.asarray(values, np.float32)
    written = ", ".join(f"{name} {word}" for name, word in zip(names, words, strict=True))
    return chart(
        title,
        f"{title}: {written}.",
        [dict(type="bar", x=list(names), y=heights, marker=dict(color=colors), hoverinfo="skip")],
        palette,
        height=230,
        margin=dict(l=44, r=8, t=34, b=30),
        xaxis=dict(type="category", showgrid=False, fixedrange=True),
        yaxis=dict(range=list(limits), nticks=5, fixedrange=True, zeroline=True),
        bargap=0.35,
        annotations=notes,
    )


def pictures(title: str, images: Array, labels: Sequence[str], columns: int = 16, *, palette: Palette = LIGHT) -> Spec:
    """Draw images [n, rows, columns] in rows, each with its label above it."""
    count, high, wide = images.shape
    rows = math.ceil(count / columns)
    step_x, step_y = wide + 2, high + 4
    sheet = np.full((rows * step_y, columns * step_x), np.nan, np.float32)
    notes = []
    for index, image in enumerate(images):
        top, left = index // columns * step_y + 3, index % columns * step_x + 1
        sheet[top : top + high, left : left + wide] = image
        notes.append(note(labels[index], left + wide / 2 - 0.5, top - 0.4, palette.quiet, yanchor="bottom"))
    shades = [[0, palette.grid], [1, palette.text]]
    return chart(
        title,
        f"{title}: {counted(count, 'digit')}, {', '.join(labels)}.",
        [dict(type="heatmap", z=sheet, colorscale=shades, showscale=False, hoverinfo="skip")],
        palette,
        height=34 + 66 * rows,
        margin=dict(l=4, r=4, t=34, b=4),
        xaxis=blank_axis(),
        yaxis=blank_axis(autorange="reversed"),
        annotations=notes,
    )


def strips(title: str, rows: Sequence[Strip], reach: float, *, marked: int = 0, palette: Palette = LIGHT) -> Spec:
    """Draw numbers as dots, a row for each strip, with a bar from mean − deviation to mean + deviation below them.

    The axis goes from −reach to reach, and to the farthest number. The dot in place `marked` of each row is large.
    """
    data: list[Spec] = []
    for place, (row, color) in enumerate(zip(rows, (palette.text, palette.train, palette.validation), strict=True)):
        hover = dict(hovertemplate=f"{row.name}: %{{x:.3g}}<extra></extra>")
        dots = dict(size=8, color=color, opacity=0.45)
        large = dict(size=15, color=color, line=dict(color=palette.background, width=2))
        ends = np.array([row.mean - row.deviation, row.mean, row.mean + row.deviation], np.float32)
        ticks = dict(size=[11, 15, 11], symbol="line-ns", line=dict(color=color, width=2))
        data += [
            trace("markers", row.values.astype(np.float32), [-place] * len(row.values), marker=dots, **hover),
            trace("markers", [float(row.values[marked])], [-place], marker=large, **hover),
            trace("lines+markers", ends, [-place - 0.36] * 3, line=dict(color=color, width=2), marker=ticks, **hover),
        ]
    farthest = 1.05 * max(reach, *(float(np.abs(row.values).max()) for row in rows))
    said = (f"{row.name} mean {row.mean:.2f}, deviation {row.deviation:.2f}" for row in rows)
    return chart(
        title,
        f"{title}: {'; '.join(said)}.",
        data,
        palette,
        "bars: mean ± deviation",
        height=180,
        margin=dict(l=112, r=8, t=34, b=30),
        xaxis=dict(range=[-farthest, farthest], dtick=2, fixedrange=True, zeroline=True),
        yaxis=dict(
            range=[0.35 - len(rows), 0.4],
            tickmode="array",
            tickvals=[-place for place in range(len(rows))],
            ticktext=[row.name for row in rows],
            showgrid=False,
            zeroline=False,
            fixedrange=True,
        ),
    )


def _key(entries: Sequence[tuple[str, str, str]], below: int, palette: Palette) -> tuple[Spec, int]:
    """Return a key, `below` pixels under a chart, and the margin that holds it. An entry: its sign, name and color."""
    rows: list[list[str]] = []
    length = LONGEST_ROW
    for sign, name, color in entries:
        own = len(f"{sign} {name}  ")
        length += own
        if length > LONGEST_ROW:
            rows, length = [*rows, []], own
        rows[-1].append(f"<span style='color:{color}'><b>{sign}</b></span> {name}")
    place = dict(xanchor="left", yanchor="top", yshift=-below, align="left", font=dict(size=FONT_SIZE))
    text = "<br>".join("\u2003".join(row) for row in rows)
    return note(text, 0, 0, palette.text, **place, **PAPER), below + 6 + ROW * len(rows)


def _points_key(class_names: Sequence[str], palette: Palette) -> list[tuple[str, str, str]]:
    classes = zip(SHAPES, class_names, palette.classes, strict=False)
    return [*classes, (SHAPES[-1], "wrong", palette.wrong)]


def _range(lines: Sequence[Curve]) -> tuple[float, float]:
    """Return a range that holds all lines; from zero if they are so flat that only rounding would show."""
    known = np.concatenate([line.y[np.isfinite(line.y)] for line in lines])
    low, high = float(known.min()), float(known.max())
    if high - low < FLAT * abs(high):
        return 0.0, 1.4 * high
    margin = 0.06 * (high - low)
    return low - margin, high + margin


def _summary(title: str, lines: Sequence[Curve], across: str) -> str:
    """Return in words what the curves show: where each begins and ends."""
    parts = []
    for line in lines:
        known = line.y[np.isfinite(line.y)]
        parts.append(f"{line.name} from {known[0]:.3g} to {known[-1]:.3g}" if len(known) else f"{line.name}: {UNKNOWN}")
        if 0 < len(known) < len(line.y):
            parts[-1] += f", {UNKNOWN} elsewhere"
    return f"{title} over {across}: {'; '.join(parts)}."


def _ends(line: Line, reach: float) -> Array:
    """Return two points of the line w · x + b = 0, far outside the picture; none if both weights are zero."""
    normal = np.array([line.first, line.second])
    length = np.hypot(*normal)
    if not length:
        return np.empty((0, 2))
    foot, along = -line.bias * normal / length**2, np.array([-normal[1], normal[0]]) / length
    return np.array([foot - 4 * reach * along, foot + 4 * reach * along])


def _half_plane(line: Line, reach: float) -> tuple[Array, Array]:
    """Return the corners of the side that the perceptron calls class 1, far outside the picture."""
    ends = _ends(line, reach)
    if not len(ends):
        side = reach * (4.0 if line.bias > 0 else 0.0)  # class 1 everywhere, or nowhere
        return side * np.array([-1.0, 1, 1, -1]), side * np.array([-1.0, -1, 1, 1])
    normal = np.array([line.first, line.second])
    inwards = 8 * reach * normal / np.hypot(*normal)
    corners = np.array([ends[0], ends[1], ends[1] + inwards, ends[0] + inwards])
    return corners[:, 0], corners[:, 1]
