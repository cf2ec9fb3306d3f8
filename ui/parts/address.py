"""The address holds everything a person set, so a copied link opens the same settings.

It lists only what differs from the preset: `?preset=fast&dataset=mnist&learning_rate=0.05&hidden=100-200`. Once a run
has started, its id comes first: `?run=7k2m…`, and the link opens that run.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import DATASETS, default_dataset
from mlp.presets import PRESETS, default_pace
from mlp.text import number, quoted, unknown, yes_or_no
from ui.parts.display import HIDE, PRESENT
from ui.parts.view_options import MOST_SMOOTHING, ViewOptions

PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, None)  # steps per second; None: no limit
_PACE_WORDS = {"max" if pace is None else f"{pace:g}": pace for pace in PACES}  # as the address writes them
RUN = "run"  # the parameter that names a stored run
VIEW, EXAMPLE = "view", "example"  # those that name a tab of the Train page, and a validation example, counted from 0
AXES = ("epochs", "examples", "seconds")


@dataclass(frozen=True)
class Settings:
    """Everything a person can set on the Train page."""

    preset: str
    config: RunConfig
    pace: float | None  # steps per second; None for as many as possible
    view: ViewOptions


def defaults(preset: str, dataset: str) -> Settings:
    """Return a preset's settings for a data set."""
    return Settings(preset, PRESETS[preset].config(dataset), default_pace(dataset), ViewOptions())


def to_query(settings: Settings, run_id: str = "") -> dict[str, str]:
    """Return the address's parameters: the run, the preset and data set unless they are the defaults, what differs."""
    first = next(iter(PRESETS))
    base = defaults(settings.preset, settings.config.dataset)
    query = {RUN: run_id} if run_id else {}
    if settings.preset != first:
        query["preset"] = settings.preset
    if settings.config.dataset != default_dataset():
        query["dataset"] = settings.config.dataset
    for name in SETTINGS:
        value = getattr(settings.config, name)
        if name != "dataset" and value != getattr(base.config, name):
            query[name] = SETTINGS[name].write(value)
    if settings.pace != base.pace:
        query["pace"] = next(word for word, pace in _PACE_WORDS.items() if pace == settings.pace)
    for option in fields(ViewOptions):
        value = getattr(settings.view, option.name)
        if value != option.default:
            query[option.name] = "yes" if value is True else "no" if value is False else str(value)
    return query


def from_query(query: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings an address asks for, and a sentence for each invalid parameter."""
    complaints: list[str] = []
    preset = _choice(query, "preset", PRESETS, next(iter(PRESETS)), complaints)
    listed = dict(DATASETS)  # this page has no recipes for points
    dataset = _choice(query, "dataset", listed, default_dataset(), complaints)
    settings = defaults(preset, dataset)
    known = ("preset", "dataset", "pace", *SETTINGS, *(option.name for option in fields(ViewOptions)))
    for name, text in query.items():
        if name in (RUN, VIEW, EXAMPLE, "preset", "dataset", HIDE, PRESENT):
            continue
        try:
            settings = _with(settings, name, text, known)
        except ValueError as error:  # ConfigError is one
            complaints.append(str(error))
    return settings, complaints


def _with(settings: Settings, name: str, text: str, known: Iterable[str]) -> Settings:
    """Return the settings with one parameter read. Raises ValueError with a sentence if it is invalid."""
    if name in SETTINGS:
        return replace(settings, config=replace(settings.config, **{name: SETTINGS[name].read(text)}))
    if name == "pace":
        if text not in _PACE_WORDS:
            raise ValueError(f"pace is {quoted(text)}; choose one of: {', '.join(_PACE_WORDS)}.")
        return replace(settings, pace=_PACE_WORDS[text])
    if name == "x":
        return replace(settings, view=replace(settings.view, x=text))
    if name == "smoothing":
        return replace(settings, view=replace(settings.view, smoothing=number(name, text, 0, MOST_SMOOTHING)))
    if name == "log_loss":
        return replace(settings, view=replace(settings.view, log_loss=yes_or_no(name, text)))
    if name == "zoom":
        return replace(settings, view=replace(settings.view, zoom=yes_or_no(name, text)))
    raise ValueError(unknown("setting", name, known))


def _choice(query: Mapping[str, str], name: str, table: Mapping[str, Any], default: str, complaints: list[str]) -> str:
    text = query.get(name, default)
    if text in table:
        return text
    complaints.append(f"{name} is {quoted(text)}; choose one of: {', '.join(table)}.")
    return default
