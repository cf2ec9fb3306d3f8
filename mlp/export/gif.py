"""An animated GIF of a run, for slides: its curves and, beside them, its network at one step after another."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import numpy as np
from PIL import Image

from mlp.charts.curve_axes import DrawnCurve
from mlp.charts.curves import DASHES
from mlp.charts.layout import shortened
from mlp.charts.palette import LIGHT
from mlp.datasets import REGRESSION
from mlp.export.gif_drawing import SHADES, Box, Canvas, mixed, rgb
from mlp.export.progress import ShowShare, silent
from mlp.export.replay import fit_range
from mlp.export.replay_frames import (
    Chart,
    Frame,
    Reading,
    charts,
    frames,
    readings,
    shown_rows,
    shown_steps,
    ticks,
)
from mlp.export.run import ExportedRun
from mlp.network.layers import Array
from mlp.text import counted
from mlp.training import Model

WIDTH, HEIGHT = 1280, 720
MOST_FRAMES = 48
FRAME_MS, LAST_MS = 150, 3000
LEFT, RIGHT = 48, 1232
CHARTS = (Box(112, 132, 560, 340), Box(112, 400, 560, 608))
PANEL = Box(760, 132, RIGHT, 608)
TIME = Box(LEFT, 664, RIGHT, 670)
SMALL, NORMAL, LARGE = 17, 20, 32  # pixels of letters
CHANGE_FRAMES = 10  # for which a change is written below
WEIGHT_LEVELS = 9  # of a weight in a picture: with more, the file would be larger
LABEL_GAP = 24  # pixels from one curve's label to the next
GAP = 5  # pixels between pictures


def write_gif(run: ExportedRun, out: IO[bytes], progress: ShowShare = silent) -> None:
    """Write an animation of the run that repeats itself. `progress` hears the share that is drawn."""
    steps = shown_steps(run, MOST_FRAMES)
    first, *others = [FRAME_MS] * (len(steps) - 1) + [LAST_MS]
    pictures = _pictures(run, steps, progress)
    next(pictures).save(
        out, "GIF", save_all=True, append_images=pictures, duration=[first, *others], loop=0, optimize=False
    )


def _pictures(run: ExportedRun, steps: list[int], progress: ShowShare) -> Iterator[Image.Image]:
    model, shown = run.model, charts(run)
    read = [readings(run, chart, steps) for chart in shown]
    end = float(run.history["progress"][-1])
    ground = Canvas(WIDTH, HEIGHT)
    info = model.dataset.info
    ground.text(
        LEFT, 58, ground.cut(f"How a neural network learned to {info.goal}", LARGE, RIGHT - LEFT), LARGE, bold=True
    )
    about = f"{run.name or info.label} · {'–'.join(map(str, model.sizes))} units"
    ground.text(LEFT, 88, ground.cut(about, NORMAL, RIGHT - LEFT), NORMAL, LIGHT.quiet)
    for chart, box in zip(shown, CHARTS, strict=True):
        _axes(ground, chart, box, end, run)
    panel = _panel_of(model)
    for place, frame in enumerate(frames(run, steps, progress)):
        canvas = Canvas(WIDTH, HEIGHT, copied=ground)
        for chart, box, values in zip(shown, CHARTS, read, strict=True):
            _curves(canvas, chart, box, frame.epochs / end, end, [each[place] for each in values])
        panel(canvas, frame, model)
        _time(canvas, run, steps, place, frame)
        yield canvas.finished()


def _time(canvas: Canvas, run: ExportedRun, steps: list[int], place: int, frame: Frame) -> None:
    """Draw how far the run is, and what was changed lately."""
    canvas.box(TIME, LIGHT.grid)
    share = frame.step / steps[-1]
    canvas.box(TIME._replace(right=TIME.left + max(share, 0.001) * TIME.width), LIGHT.classes[5])
    canvas.disk(TIME.left + share * TIME.width, (TIME.top + TIME.bottom) / 2, 7, LIGHT.classes[5])
    words = f"step {frame.step:,} · epoch {frame.epochs:.2f}"
    canvas.text(LEFT, 704, words, NORMAL)
    since = steps[max(place - CHANGE_FRAMES, 0)]
    latest = [change for change in run.changes if since < change.step <= frame.step]
    if latest:
        change = latest[-1].description.replace("→", "to")
        canvas.text(RIGHT, 704, canvas.cut(change, NORMAL, 800), NORMAL, LIGHT.classes[5], anchor="rs", bold=True)


# ── Curves ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _axes(canvas: Canvas, chart: Chart, box: Box, end: float, run: ExportedRun) -> None:
    """Draw what stays: axes, changes, and the whole curves, faint."""
    canvas.text(LEFT, box.top - 14, chart.title, NORMAL, LIGHT.quiet, bold=True)
    for value, text in chart.ticks:
        y = _height(chart, box, value)
        canvas.line([(box.left, y), (box.right, y)], LIGHT.grid)
        canvas.text(box.left - 8, y, text, SMALL, LIGHT.quiet, anchor="rm")
    if box is CHARTS[-1]:
        for value, text in ticks(0, end, 6):
            canvas.text(box.left + value / end * box.width, box.bottom + 24, text, SMALL, LIGHT.quiet, anchor="ms")
        canvas.text(box.right + 20, box.bottom + 24, "epochs", SMALL, LIGHT.quiet)
    for change in run.changes:
        dash = 7 if change.description == "forked" else 2
        canvas.dotted(box.left + change.progress / end * box.width, box.top, box.bottom, LIGHT.quiet, dash)
    for curve in chart.curves:
        _curve(canvas, curve, _points(chart, curve, box, end, 1.0), mixed(curve.color, 0.25))


def _curves(canvas: Canvas, chart: Chart, box: Box, share: float, end: float, read: Sequence[Reading]) -> None:
    """Draw the curves up to a share of the run, and how high they are there."""
    now = box.left + share * box.width
    canvas.line([(now, box.top), (now, box.bottom)], LIGHT.text, 1.5)
    for curve in chart.curves:
        _curve(canvas, curve, _points(chart, curve, box, end, share), curve.color)
    known = [(curve, each) for curve, each in zip(chart.curves, read, strict=True) if math.isfinite(each.height)]
    heights = [_height(chart, box, each.height) for _, each in known]
    for (curve, each), height, place in zip(known, heights, _apart(heights, box), strict=True):
        canvas.disk(now, height, 5, curve.color)
        canvas.text(box.right + 14, place, f"{curve.name} {each.text}", SMALL, curve.color, anchor="lm", bold=True)


def _curve(canvas: Canvas, curve: DrawnCurve, points: Sequence[tuple[float, float]], color: str) -> None:
    if len(points) < 2:
        return
    draw = canvas.dashed if curve.dash == DASHES else canvas.line
    draw(points, color, curve.width)


def _points(chart: Chart, curve: DrawnCurve, box: Box, end: float, share: float) -> list[tuple[float, float]]:
    """Return the points of a curve up to a share of the run, within the chart."""
    count = int(np.searchsorted(curve.x, share * end * (1 + 1e-9), side="right"))
    return [
        (box.left + x / end * box.width, _height(chart, box, y))
        for x, y in zip(curve.x[:count].tolist(), curve.y[:count].tolist(), strict=True)
    ]


def _height(chart: Chart, box: Box, value: float) -> float:
    share = (value - chart.low) / (chart.high - chart.low)
    return box.bottom - min(max(share, 0.0), 1.0) * box.height


def _apart(heights: list[float], box: Box) -> list[float]:
    """Return where to write the labels of two curves: apart from each other, and beside the chart."""
    if len(heights) < 2 or abs(heights[0] - heights[1]) >= LABEL_GAP:
        return heights
    half = LABEL_GAP / 2
    middle = min(max(sum(heights) / 2, box.top + half), box.bottom - half - 6)
    return [middle - half, middle + half] if heights[0] < heights[1] else [middle + half, middle - half]


# ── The network ───────────────────────────────────────────────────────────────────────────────────────────────────


def _panel_of(model: Model) -> Callable[[Canvas, Frame, Model], None]:
    """Return what draws the right half."""
    info = model.dataset.info
    if info.task == REGRESSION:
        return _fit
    return {"points": _plane, "images": _first_layer, "table": _weights}[info.kind]


def _title(canvas: Canvas, title: str, note: str) -> None:
    canvas.text(PANEL.left, PANEL.top - 14, title, NORMAL, LIGHT.quiet, bold=True)
    canvas.text(PANEL.right, PANEL.top - 14, note, SMALL, LIGHT.quiet, anchor="rs")


def _first_layer(canvas: Canvas, frame: Frame, model: Model) -> None:
    layer = frame.first_layer
    assert layer is not None
    count, rows, columns = layer.images.shape
    _title(
        canvas, "First layer", "one template per class" if layer.templates else f"{count} of {model.sizes[1]:,} units"
    )
    names = [shortened(model.dataset.info.class_names[unit]) for unit in layer.units] if layer.templates else None
    below = 24 if names else 0
    across, scale = _tiling(count, rows, columns, below)
    wide, tall = columns * scale, rows * scale
    start = PANEL.left + (PANEL.width - across * (wide + GAP) + GAP) / 2
    shares = np.rint(np.nan_to_num(layer.images / layer.limit).clip(-1, 1) * (WEIGHT_LEVELS // 2)) / (
        WEIGHT_LEVELS // 2
    )
    up, down = rgb(LIGHT.classes[0]), rgb(LIGHT.classes[1])
    ink = np.where(shares[..., None] < 0, down, up)
    colors = np.rint(255 + np.abs(shares)[..., None] * (ink - 255)).astype(np.uint8)
    for index, picture in enumerate(colors):
        left = start + index % across * (wide + GAP)
        top = PANEL.top + index // across * (tall + below + GAP)
        canvas.box(Box(left - 1, top - 1, left + wide + 1, top + tall + 1), LIGHT.grid)  # weights of zero are white
        canvas.picture(picture, Box(left, top, left + wide, top + tall))
        if names:
            canvas.text(left + wide / 2, top + tall + 18, canvas.cut(names[index], SMALL, wide), SMALL, anchor="ms")


def _tiling(count: int, rows: int, columns: int, below: float) -> tuple[int, float]:
    """Return in how many columns, and how large, pictures fill the panel best."""
    found = []
    for across in range(1, count + 1):
        down = math.ceil(count / across)
        wide = (PANEL.width - GAP * (across - 1)) / across / columns
        tall = ((PANEL.height - GAP * (down - 1)) / down - below) / rows
        found.append((min(wide, tall), across))
    scale, across = max(found)
    return across, float(math.floor(scale)) if scale > 1 else scale  # pixels of one size take less of the file


def _plane(canvas: Canvas, frame: Frame, model: Model) -> None:
    plane, found = frame.plane, frame.predictions
    assert plane is not None
    assert found is not None
    words = f"{np.count_nonzero(found.correct)} of {len(found.labels)} validation points correct"
    _title(canvas, "Decision map", words)
    (left, right), (low, high) = ((float(line[0]), float(line[-1])) for line in (plane.x, plane.y))
    scale = min(PANEL.width / (right - left), PANEL.height / (high - low))
    wide, tall = scale * (right - left), scale * (high - low)
    start = PANEL.left + (PANEL.width - wide) / 2
    box = Box(start, PANEL.top, start + wide, PANEL.top + tall)
    classes = model.dataset.info.classes
    sureness = np.nan_to_num((plane.confidence * classes - 1) / (classes - 1)).clip(0, 1)
    # How sure the network is of each class, between the nodes of the map, too.
    fields = np.array([np.where(plane.classes == each, sureness, 0) for each in range(classes)], np.float32)[:, ::-1]
    size = round(wide), round(tall)
    sure = np.array([Image.fromarray(field).resize(size, Image.Resampling.BILINEAR) for field in fields])
    inks = np.array([rgb(color) for color in LIGHT.classes[:classes]])[sure.argmax(axis=0)]
    shades = np.rint(np.interp(sure.max(axis=0), [0, 1], [2, SHADES / 2]))[..., None] / SHADES
    canvas.picture(np.rint(255 + shades * (inks - 255)).astype(np.uint8), box)
    points = model.dataset.validation.inputs[shown_rows(model)]
    for (x, y), label, correct in zip(points.tolist(), found.labels.tolist(), found.correct.tolist(), strict=True):
        place = box.left + (x - left) * scale, box.top + (high - y) * scale
        _mark(canvas, *place, label)
        if not correct:
            canvas.ring(*place, 9, LIGHT.wrong)


def _mark(canvas: Canvas, x: float, y: float, label: int) -> None:
    """Draw a point. Classes differ in shape, not in color alone."""
    corners, turned = ((24, 0.0), (4, 0.25), (4, 0.0), (3, -0.5), (6, 0.0), (3, 0.5))[label % 6]
    angles = [math.pi * (turned + 2 * corner / corners) for corner in range(corners)]
    shape = [(x + 5.5 * math.cos(angle), y + 5.5 * math.sin(angle)) for angle in angles]
    canvas.polygon(shape, LIGHT.classes[label], LIGHT.background)


def _fit(canvas: Canvas, frame: Frame, model: Model) -> None:
    found = frame.numbers
    assert found is not None
    _title(canvas, "Predicted against true", counted(len(found.truth), "validation example"))
    low, high = fit_range(model)
    box = PANEL._replace(left=PANEL.left + 40, bottom=PANEL.bottom - 20)
    scale = box.width / (high - low), box.height / (high - low)
    for value, text in ticks(low, high, 5):
        x, y = box.left + (value - low) * scale[0], box.bottom - (value - low) * scale[1]
        canvas.line([(box.left, y), (box.right, y)], LIGHT.grid)
        canvas.line([(x, box.top), (x, box.bottom)], LIGHT.grid)
        canvas.text(box.left - 8, y, text, SMALL, LIGHT.quiet, anchor="rm")
        canvas.text(x, box.bottom + 24, text, SMALL, LIGHT.quiet, anchor="ms")
    canvas.line([(box.left, box.bottom), (box.right, box.top)], LIGHT.quiet, 1.5)
    name = canvas.cut(f"true {shortened(model.dataset.info.class_names[0])}", SMALL, box.width)
    canvas.text((box.left + box.right) / 2, box.bottom + 46, name, SMALL, LIGHT.quiet, anchor="ms")
    for truth, number in zip(found.truth.tolist(), found.numbers.tolist(), strict=True):
        if math.isfinite(number):
            y = box.bottom - (min(max(number, low), high) - low) * scale[1]
            canvas.disk(box.left + (truth - low) * scale[0], y, 4.5, LIGHT.validation, LIGHT.background)


def _weights(canvas: Canvas, frame: Frame, model: Model) -> None:
    _title(canvas, "Weights of each layer", "outline: the first step shown")
    room = PANEL.height / len(frame.weights)
    for layer, (limit, shares) in enumerate(frame.weights):
        box = Box(PANEL.left, PANEL.top + layer * room + 26, PANEL.right, PANEL.top + (layer + 1) * room - 28)
        canvas.text(
            box.left,
            box.top - 4,
            f"layer {layer + 1}: {model.sizes[layer]:,} to {model.sizes[layer + 1]:,}",
            SMALL,
            LIGHT.quiet,
        )
        canvas.text((box.left + box.right) / 2, box.bottom + 20, f"±{limit:g}", SMALL, LIGHT.quiet, anchor="ms")
        first, now = (_outline(box, values / max(float(shares.max()), 1e-9)) for values in shares)
        canvas.polygon(now, mixed(LIGHT.train, 4 / 7), mixed(LIGHT.train, 4 / 7))
        canvas.line(first, LIGHT.text, 1.5)


def _outline(box: Box, heights: Array) -> list[tuple[float, float]]:
    """Return the outline of bars of some heights, from 0 to 1."""
    edges = np.linspace(box.left, box.right, len(heights) + 1).repeat(2).tolist()
    tops = (box.bottom - np.concatenate([[0], heights.repeat(2), [0]]) * box.height).tolist()
    return list(zip(edges, tops, strict=True))
