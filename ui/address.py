"""The address carries everything a person set, so a copied link opens the same settings.

Only what differs from the preset is in it: `?preset=fast&dataset=mnist&learning_rate=0.05&hidden=100-200`. Once a run
has begun, its name comes first: `?run=7k2m…`, and the link opens that very run.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from mlp.config import FIELDS, ConfigError, RunConfig
from mlp.datasets import DATASETS, default_dataset
from mlp.naming import unknown
from mlp.presets import PRESETS, default_pace
from ui.classroom import HIDE, PRESENT
from ui.live import ViewOptions

PACES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, None)  # steps a second; None: no limit
FASTEST = "max"
RUN = "run"  # the parameter that names a stored run
AXES = ("epochs", "examples", "seconds")


@dataclass(frozen=True)
class Settings:
    """Everything a person can set on the Train page."""

    preset: str
    config: RunConfig
    pace: float | None  # steps a second; None for as many as possible
    view: ViewOptions


def defaults(preset: str, dataset: str) -> Settings:
    """Return a preset's settings for a data set."""
    return Settings(preset, PRESETS[preset].config(dataset), default_pace(dataset), ViewOptions())


def to_query(settings: Settings, run_id: str = "") -> dict[str, str]:
    """Return the address's parameters: the run, the preset and data set where they are not the first, what differs."""
    first = next(iter(PRESETS))
    base = defaults(settings.preset, settings.config.dataset)
    query = {RUN: run_id} if run_id else {}
    if settings.preset != first:
        query["preset"] = settings.preset
    if settings.config.dataset != default_dataset():
        query["dataset"] = settings.config.dataset
    for name in FIELDS:
        value = getattr(settings.config, name)
        if name != "dataset" and value != getattr(base.config, name):
            query[name] = _to_text(value)
    if settings.pace != base.pace:
        query["pace"] = FASTEST if settings.pace is None else f"{settings.pace:g}"
    for option in fields(ViewOptions):
        value = getattr(settings.view, option.name)
        if value != option.default:
            query[option.name] = _to_text(value)
    return query


def from_query(query: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings an address asks for, and a sentence for each parameter that made no sense."""
    complaints: list[str] = []
    preset = _choice(query, "preset", PRESETS, next(iter(PRESETS)), complaints)
    listed = dict(DATASETS)  # recipes for points are not for this page
    dataset = _choice(query, "dataset", listed, default_dataset(), complaints)
    settings = defaults(preset, dataset)
    known = ("preset", "dataset", "pace", *FIELDS, *(option.name for option in fields(ViewOptions)))
    for name, text in query.items():
        if name in (RUN, "preset", "dataset", HIDE, PRESENT):
            continue
        try:
            settings = _with(settings, name, text, known)
        except ValueError as error:  # ConfigError is one
            complaints.append(str(error))
    return settings, complaints


def _with(settings: Settings, name: str, text: str, known: Iterable[str]) -> Settings:
    """Return the settings with one parameter read. Raises ValueError with a sentence where it makes no sense."""
    if name in FIELDS:
        return replace(settings, config=replace(settings.config, **{name: read_setting(name, text)}))
    if name == "pace":
        pace = None if text == FASTEST else _number(name, text)
        if pace not in PACES:
            allowed = ", ".join(FASTEST if each is None else f"{each:g}" for each in PACES)
            raise ValueError(f"pace is {text!r}; choose one of: {allowed}.")
        return replace(settings, pace=pace)
    if name == "x":
        return replace(settings, view=replace(settings.view, x=text))
    if name == "smoothing":
        return replace(settings, view=replace(settings.view, smoothing=_number(name, text)))
    if name == "log_loss":
        return replace(settings, view=replace(settings.view, log_loss=_truth(name, text)))
    raise ValueError(unknown("setting", name, known))


def read_setting(name: str, text: str) -> Any:
    """Return the value of RunConfig's field that a text means. Raises ConfigError where it means none."""
    return _READERS[type(FIELDS[name].default)](name, text)


def _choice(query: Mapping[str, str], name: str, table: Mapping[str, Any], default: str, complaints: list[str]) -> str:
    text = query.get(name, default)
    if text in table:
        return text
    complaints.append(f"{name} is {text!r}; choose one of: {', '.join(table)}.")
    return default


def _to_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or "none"
    return str(value)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}; it must be a number.") from None


def _whole_number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}; it must be a whole number.") from None


def _whole_numbers(name: str, text: str) -> tuple[int, ...]:
    return () if text == "none" else tuple(_whole_number(name, part) for part in text.split("-"))


def _truth(name: str, text: str) -> bool:
    if text not in ("yes", "no"):
        raise ConfigError(f"{name} is {text!r}; it must be yes or no.")
    return text == "yes"


def _text(name: str, text: str) -> str:
    return text


_READERS: dict[type, Callable[[str, str], Any]] = {
    float: _number,
    int: _whole_number,
    bool: _truth,
    tuple: _whole_numbers,
    str: _text,
}
