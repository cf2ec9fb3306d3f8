"""The settings of the Train page: a preset, a run's configuration, the pace, and how curves are shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mlp.config import SETTINGS, RunConfig
from mlp.datasets import dataset_info, default_dataset
from mlp.presets import PRESETS, default_pace
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
TRAIN = {"preset": PRESET, **SETTINGS, "pace": PACE, **VIEW_SETTINGS}  # all by name


@dataclass(frozen=True)
class Settings:
    """Everything a person can set on the Train page. Raises ConfigError for a batch larger than the training set."""

    preset: str
    config: RunConfig
    pace: str  # one of PACES
    view: ViewOptions

    def __post_init__(self) -> None:
        self.config.check(dataset_info(self.config.dataset))

    @property
    def steps_per_second(self) -> float | None:
        """The pace as a number; None for as many as possible."""
        return PACES[self.pace].steps_per_second

    @property
    def values(self) -> dict[str, Any]:
        """All values by name, as in TRAIN."""
        return {"preset": self.preset, **asdict(self.config), "pace": self.pace, **asdict(self.view)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Settings":
        """Return the settings with these values. Raises ConfigError if they don't fit together."""
        view = ViewOptions(**{name: values[name] for name in VIEW_SETTINGS})
        return cls(values["preset"], RunConfig(**{name: values[name] for name in SETTINGS}), values["pace"], view)


def train_controls() -> Controls:
    """Return the page's controls, once its address was opened."""
    now = controls_of(TRAIN_PAGE)
    assert now is not None
    return now


def train_settings() -> Settings:
    """Return what is set on the page, once its address was opened. Raises ConfigError if it doesn't fit together."""
    return Settings.of(train_controls().values())


def defaults(preset: str, dataset: str) -> Settings:
    """Return a preset's settings for a data set."""
    rate = default_pace(dataset)
    pace = "max" if rate is None else f"{rate:g}"
    return Settings(preset, PRESETS[preset].config(dataset), pace, ViewOptions())


def to_query(settings: Settings, run_id: str = "") -> dict[str, str]:
    """Return the address's parameters: the run, the preset and data set unless they are the defaults, what differs."""
    base = defaults(settings.preset, settings.config.dataset).values
    base |= {"preset": PRESET.default, "dataset": default_dataset()}
    return ({RUN: run_id} if run_id else {}) | written(settings.values, TRAIN, base)


def _find_data(values: Mapping[str, Any]) -> None:
    dataset_info(values["dataset"])  # raises DatasetError with a sentence if there is none of that name


def from_query(query: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """Return the settings an address asks for, and a sentence for each invalid parameter."""
    first = {name: query[name] for name in ("preset", "dataset") if name in query}  # they decide about all others
    chosen, wrong = read(first, TRAIN, {"preset": PRESET.default, "dataset": default_dataset()}, _find_data)
    rest = {name: text for name, text in query.items() if name not in first}
    values, more = read(rest, TRAIN, defaults(**chosen).values, Settings.of)
    return Settings.of(values), wrong + more
