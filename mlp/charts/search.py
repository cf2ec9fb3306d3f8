"""Charts of a search show what its trials reached: over time, epoch by epoch, and against each setting that varies."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from mlp.charts.curves import float32
from mlp.charts.layout import Spec, chart, escape, trace
from mlp.charts.palette import LIGHT, Palette
from mlp.charts.thinning import thin
from mlp.comparison.groups import differing, setting_text
from mlp.config import SETTINGS
from mlp.network.layers import Array
from mlp.search.plan import Measure, SearchPlan
from mlp.search.search import best_so_far, ranked
from mlp.search.space import Choices, Layers, Range
from mlp.search.trial import PARTS, Outcome, Trial
from mlp.text import counted

OVER = ("trials", "time")  # what progress is drawn over
HEIGHT, SMALL_HEIGHT = 320, 270  # pixels
BAR_HEIGHT = 30
LETTER = 7.5  # pixels of a name beside a bar, roughly
MOST_POINTS = 20_000  # of all curves together
OUT_OF_SIGHT = 3  # trials that are this many times as far below the best as the middle one are not shown
DOT = 5  # pixels: of a trial that was measured once
FEW = 8  # whole numbers on an axis that all have room
BLANK: Spec = dict(range=[0, 1], showticklabels=False)  # of an axis without data: Plotly would write any numbers
LEAST_MINUTES = 5  # a shorter search is drawn over seconds


class Kind(NamedTuple):
    """How trials that ended in a way are drawn."""

    name: str
    outcomes: tuple[Outcome, ...]
    symbol: str
    opacity: float


KINDS = (
    Kind("pruned", (Outcome.PRUNED,), "circle-open", 0.45),
    Kind("to the end", (Outcome.COMPLETE, Outcome.CUT), "circle", 0.8),
    Kind("in training", (Outcome.RUNNING,), "diamond-open", 1.0),
)


def progress(plan: SearchPlan, trials: Sequence[Trial], over: str = "trials", *, palette: Palette = LIGHT) -> Spec:
    """Draw what each trial reached and the best so far, over "trials" in the order in which they ended, or "time"."""
    ended = sorted((trial for trial in trials if math.isfinite(trial.ended)), key=lambda trial: trial.ended)
    last = max((trial.ended for trial in ended), default=0.0)
    unit, name = (1.0, "seconds") if last < 60 * LEAST_MINUTES else (60.0, "minutes")
    places = {trial.number: trial.ended / unit for trial in ended}
    if over == "trials":
        places, name = {trial.number: place for place, trial in enumerate(ended, 1)}, "trials"
    best = best_so_far(plan, ended)
    xs = [places[trial.number] for trial in best]
    ys = [_shown(plan.judged_by, trial.value) for trial in best]
    end = max(places.values(), default=1.0)
    reached = f"{plan.judged_by.show(best[-1].value)} in trial {best[-1].number}" if best else "nothing measured yet"
    line = dict(color=palette.validation, width=3, shape="hv")
    vertical, hidden = _in_sight(plan, ended)
    whole = dict(dtick=1) if over == "trials" and end < FEW else dict(nticks=8)
    return chart(
        "Best so far",
        f"{plan.judged_by.label} over {name}: {reached}, of {counted(len(ended), 'trial')}.",
        [
            *_dots(plan, ended, places, palette),
            trace("lines", [*xs, end], [*ys, *ys[-1:]], name="best so far", line=line, hoverinfo="skip")
            if best
            else trace("lines", [], [], name="best so far"),
        ],
        palette,
        f"a dot per trial{hidden}",
        height=HEIGHT,
        margin=dict(l=84, r=20, t=34, b=50),
        hovermode="closest",
        xaxis=dict(title=dict(text=name, standoff=6), range=[0, 1.02 * end], showgrid=False, **whole),
        yaxis=vertical,
        **_legend(palette),
    )


def curves(plan: SearchPlan, trials: Sequence[Trial], *, palette: Palette = LIGHT) -> Spec:
    """Draw how far each trial had come by each epoch, or part of its time: its best up to there."""
    known = [trial for trial in trials if trial.values]
    best = next(iter(ranked(plan, known)), None)
    most = max(MOST_POINTS // max(len(known), 1), 2)
    data = []
    for kind in KINDS:
        mine = [trial for trial in known if trial.outcome in kind.outcomes and trial is not best]
        if lines := [_curve(plan, trial, most) for trial in mine]:
            x, y = (np.concatenate([np.append(line[axis], np.nan) for line in lines]) for axis in (0, 1))
            color = palette.train if kind.outcomes == (Outcome.RUNNING,) else palette.quiet
            style = dict(color=color, width=2 if color == palette.train else 1)
            shared: Spec = dict(opacity=kind.opacity, hoverinfo="skip")
            whose = np.repeat([trial.number for trial in mine], [len(line[0]) + 1 for line in lines])
            own = dict(name=kind.name, meta=dict(trial=whose.astype(np.int32)))
            data.append(trace("lines", float32(x), float32(y), line=style, **own, **shared))
            if alone := [line for line in lines if len(line[0]) == 1]:  # of which no line is seen
                x, y = np.concatenate(alone, axis=1)
                dot = dict(color=color, size=DOT)
                data.append(trace("markers", float32(x), float32(y), marker=dot, showlegend=False, **shared))
    if best:
        x, y = _curve(plan, best, MOST_POINTS)
        mode, color = "lines" if len(x) > 1 else "markers", palette.validation
        look: Spec = dict(line=dict(color=color, width=3), marker=dict(color=color, size=9))
        name = dict(name=f"best: trial {best.number}", meta=dict(trial=[best.number] * len(x)))
        data.append(trace(mode, float32(x), float32(y), hovertemplate="%{y:.4~g}", **name, **look))
    last = max((step for trial in known for step in trial.values), default=0)
    whole = dict(dtick=1) if not plan.seconds and last < FEW else dict(nticks=8)
    which = f"the best is trial {best.number}, {plan.judged_by.show(best.value)}" if best else "none has ended"
    return chart(
        "Every trial",
        f"{plan.judged_by.label} of {counted(len(known), 'trial')} as they trained: {which}.",
        data,
        palette,
        "its best up to there",
        height=HEIGHT,
        margin=dict(l=84, r=20, t=34, b=50),
        hovermode="closest",
        xaxis=dict(
            title=dict(text="seconds" if plan.seconds else "epochs", standoff=6),
            rangemode="tozero",
            showgrid=False,
            **(whole if known else BLANK),
        ),
        yaxis=_values_axis(plan.judged_by, bool(known)),
        **_legend(palette),
    )


def against(
    plan: SearchPlan, trials: Sequence[Trial], name: str, *, token: str | None = None, palette: Palette = LIGHT
) -> Spec:
    """Draw what the trials reached over a setting that varies; the axis is logarithmic if its range is."""
    allowed, ended = plan.space[name], [trial for trial in trials if math.isfinite(trial.ended)]
    places = {trial.number: _place(allowed, getattr(trial.config, name)) for trial in ended}
    label = "Units per hidden layer" if isinstance(allowed, Layers) else SETTINGS[name].label
    form = ",~%" if SETTINGS[name].is_share else ",~r"
    across: Spec = dict(title=dict(text=label, standoff=6), showgrid=False, nticks=6, tickangle=0, tickformat=form)
    dots = _dots(plan, ended, places, palette)
    if isinstance(allowed, Choices):
        words = [escape(setting_text(name, value, token)) for value in allowed.values]
        ends = [-0.5, len(words) - 0.5]
        across |= dict(tickvals=list(range(len(words))), ticktext=words, range=ends)
        for drawn in dots:
            drawn["meta"]["x"] = [None if place is None else words[place] for place in drawn["x"]]
    elif allowed.log:
        across |= dict(type="log", nticks=3)  # with 4, one factor of ten has all nine
    if not dots and not isinstance(allowed, Choices):
        across |= BLANK
    vertical, hidden = _in_sight(plan, ended)
    return chart(
        SETTINGS[name].label,
        f"{plan.judged_by.label} of {counted(len(ended), 'trial')} over {SETTINGS[name].label_in_text}.",
        dots,
        palette,
        hidden.removeprefix("; "),
        height=SMALL_HEIGHT,
        margin=dict(l=84, r=20, t=34, b=50),
        hovermode="closest",
        xaxis=across,
        yaxis=vertical,
    )


def importance(shares: Mapping[str, float], *, palette: Palette = LIGHT) -> Spec:
    """Draw how much of the difference between the best trials and all of them each setting explains."""
    order = sorted(shares, key=lambda name: -shares[name])
    names = [part_label(name) for name in order]
    places = list(range(len(order)))
    written = ", ".join(f"{name} {100 * shares[key]:.0f} %" for name, key in zip(names, order, strict=True))
    return chart(
        "What mattered",
        f"Importance of each setting: {written}.",
        [
            dict(
                type="bar",
                orientation="h",
                x=float32(100 * np.array([shares[name] for name in order])),
                y=places,
                meta=dict(y=names),
                marker=dict(color=palette.validation),
                text=names,
                textposition="none",
                hovertemplate="%{text}: %{x:.0f}\u202f%<extra></extra>",
            )
        ],
        palette,
        "share of the difference between the best tenth of the trials and all trials",
        height=80 + BAR_HEIGHT * len(order),
        margin=dict(l=24 + LETTER * max(map(len, names), default=0), r=20, t=34, b=30),
        xaxis=dict(ticksuffix="\u202f%", nticks=6, range=[0, 100], fixedrange=True),
        yaxis=dict(tickvals=places, ticktext=names, range=[len(order) - 0.5, -0.5], showgrid=False, fixedrange=True),
        bargap=0.35,
    )


def part_label(name: str) -> str:
    """Return what a setting, or one part of the hidden layers, is called: "hidden units" is their number."""
    setting, _, part = name.partition(" ")
    return {"units": "Units per hidden layer", "layers": "Number of hidden layers"}.get(part, SETTINGS[setting].label)


def _place(allowed: Range, value: Any) -> float | None:
    if isinstance(allowed, Choices):
        return allowed.values.index(value) if value in allowed.values else None
    if isinstance(allowed, Layers):
        return float(value[0]) if value else None
    return float(value)


def _shown(measure: Measure, value: float) -> float:
    """Return a trial's result in the unit in which it is drawn: accuracies in percent."""
    return 100 * value if measure.column == "validation_accuracy" else value


def _dots(
    plan: SearchPlan, trials: Sequence[Trial], places: Mapping[int, float | None], palette: Palette
) -> list[Spec]:
    """Return a dot for each trial at its place and its value."""
    data = []
    for kind in KINDS:
        shown = [trial for trial in trials if trial.outcome in kind.outcomes and math.isfinite(trial.value)]
        if not shown:
            continue
        data.append(
            trace(
                "markers",
                [places[trial.number] for trial in shown],
                [_shown(plan.judged_by, trial.value) for trial in shown],
                name=kind.name,
                meta=dict(trial=[trial.number for trial in shown]),
                opacity=kind.opacity,
                marker=dict(color=palette.train, size=8, symbol=kind.symbol),
                text=[_words(plan, trial) for trial in shown],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    return data


def _words(plan: SearchPlan, trial: Trial) -> str:
    """Return what a trial tried and reached, one thing a line."""
    tried = [
        f"{SETTINGS[name].label} {setting_text(name, getattr(trial.config, name))}"
        for name in plan.space.names or differing(plan.given)
    ]
    lines = [f"Trial {trial.number}: {plan.judged_by.show(trial.value)}", *tried]
    return "<br>".join(map(escape, lines))


def _curve(plan: SearchPlan, trial: Trial, most: int) -> tuple[Array, Array]:
    """Return a trial's curve, of up to `most` points."""
    x = np.array(list(trial.values), dtype=np.float64)
    y = np.array([_shown(plan.judged_by, value) for value in trial.values.values()])
    if len(x) > most:
        chosen = np.unique(np.linspace(0, len(x) - 1, most).astype(np.intp))
        x, y = x[chosen], y[chosen]
    x, y = thin(x, y)
    return (x * plan.seconds / PARTS if plan.seconds else x), y


def _values_axis(measure: Measure, has_data: bool) -> Spec:
    """Return the vertical axis, which has no numbers as long as nothing is measured."""
    vertical: Spec = dict(title=dict(text=measure.label, standoff=8), nticks=6, tickformat=",~r")
    if measure.column == "validation_accuracy":
        vertical["ticksuffix"] = "\u202f%"
    return vertical if has_data else vertical | BLANK


def _in_sight(plan: SearchPlan, trials: Sequence[Trial]) -> tuple[Spec, str]:
    """Return the vertical axis, on which the better trials can be told apart, and what it leaves out."""
    measure = plan.judged_by
    known = [_shown(measure, trial.value) for trial in trials if math.isfinite(trial.value)]
    vertical = _values_axis(measure, bool(known))
    if len(known) < OUT_OF_SIGHT:
        return vertical, ""
    sign = 1 if measure.higher else -1
    best, worst = sign * max(sign * value for value in known), sign * min(sign * value for value in known)
    far = best - sign * OUT_OF_SIGHT * abs(best - float(np.median(known)))
    if far == best or sign * far <= sign * worst:
        return vertical, ""
    margin = 0.05 * abs(best - far)
    vertical["range"] = sorted([far, best + sign * margin])
    left_out = sum(sign * value < sign * far for value in known)
    return vertical, f"; {left_out:,} far {'below' if measure.higher else 'above'} not shown"


def _legend(palette: Palette) -> Spec:
    legend = dict(orientation="h", x=1, xanchor="right", y=1.02, yanchor="bottom", font=dict(color=palette.text))
    return dict(showlegend=True, legend=legend, uirevision="zoom stays")
