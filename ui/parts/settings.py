"""The settings of the Train page: a preset, a run's configuration, the pace, and how curves are shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlp.config import SETTINGS, RunConfig, changed
from mlp.datasets import DatasetError, dataset_info, default_dataset
from mlp.presets import PRESETS, default_pace, usual_preset
from mlp.setting import Setting
from mlp.text import counted
from ui.parts.address import RUN, read, written
from ui.parts.controls import Controls, controls_of
from ui.parts.view_options import VIEW_SETTINGS, ViewOptions


@dataclass(frozen=True)
class Pace:
    """How fast a run trains at most."""

    steps_per_second: float | None  # None: no limit

    @property
    def label(self) -> str:
        """Return the pace in words: "1 step/s"."""
        most = self.steps_per_second
        return "as fast as possible" if most is None else counted(most, "step/s", "steps/s")


PACES = {str(rate): Pace(rate) for rate in (1, 2, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)} | {"max": Pace(None)}
PACE = Setting("pace", "Pace", "Mini-batches per second. Slow down to follow single steps.", "100", choices=PACES)
PRESET = Setting(
    "preset",
    "Preset",
    "Example set-ups. Choosing one sets everything below.",
    next(iter(PRESETS)),
    choices=PRESETS,
)
TRAIN_PAGE = "train"
TRAIN_SETTINGS = {"preset": PRESET, **SETTINGS, "pace": PACE, **VIEW_SETTINGS}  # all by name


def train_controls() -> Controls:
    """Return the page's controls, once its address was opened."""
    now = controls_of(TRAIN_PAGE)
    assert now is not None
    return now


def config_of(values: Mapping[str, Any]) -> RunConfig:
    """Return the configuration of a run with these values, checked against its data.

    Raises ConfigError if they don't fit together, DatasetError for a data set that is not there.
    """
    config = RunConfig(**{name: values[name] for name in SETTINGS})
    config.check(dataset_info(config.dataset))
    return config


def options_of(values: Mapping[str, Any]) -> ViewOptions:
    """Return how curves are shown with these values."""
    return ViewOptions(**{name: values[name] for name in VIEW_SETTINGS})


def steps_per_second(values: Mapping[str, Any]) -> float | None:
    """Return the pace among these values as a number; None for as many steps as possible."""
    return PACES[values["pace"]].steps_per_second


def defaults(preset: str, dataset: str) -> dict[str, Any]:
    """Return what a preset sets for a data set, by name, as in TRAIN_SETTINGS."""
    rate = default_pace(dataset)
    pace = "max" if rate is None else f"{rate:g}"
    return {"preset": preset, **asdict(PRESETS[preset].config(dataset)), "pace": pace, **asdict(ViewOptions())}


def nearest_preset(config: RunConfig) -> str:
    """Return the preset that differs in the fewest settings, of those with hidden layers if the network has some."""

    def distance(name: str) -> tuple[bool, int]:
        base = PRESETS[name].config(config.dataset)
        return bool(base.hidden) != bool(config.hidden), len(changed(base, config))

    return min(PRESETS, key=distance)


def run_query(run_id: str, config: RunConfig) -> dict[str, str]:
    """Return the parameters of a link to a run, those that its page has in its address: so one press of Back leaves it.

    Of a run whose data are gone, its id alone.
    """
    try:
        preset = nearest_preset(config)
        return to_query(defaults(preset, config.dataset) | asdict(config) | {"preset": preset}, run_id)
    except DatasetError:
        return {RUN: run_id}


def to_query(values: Mapping[str, Any], run_id: str = "") -> dict[str, str]:
    """Return the address's parameters: the run, the preset and data set unless usual, and what differs from these."""
    base = defaults(values["preset"], values["dataset"])
    base |= {"preset": usual_preset(values["dataset"]), "dataset": default_dataset()}
    return ({RUN: run_id} if run_id else {}) | written(values, TRAIN_SETTINGS, base)


def _find_data(values: Mapping[str, Any]) -> None:
    dataset_info(values["dataset"])  # raises DatasetError with a sentence if there is none of that name


def from_query(query: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the values that an address asks for, and a sentence for each invalid parameter."""
    first = {name: query[name] for name in ("preset", "dataset") if name in query}  # they decide about all others
    chosen, wrong = read(first, TRAIN_SETTINGS, {"preset": "", "dataset": default_dataset()}, _find_data)
    chosen["preset"] = chosen["preset"] or usual_preset(chosen["dataset"])
    rest = {name: text for name, text in query.items() if name not in first}
    values, more = read(rest, TRAIN_SETTINGS, defaults(**chosen), config_of)
    return values, wrong + more
