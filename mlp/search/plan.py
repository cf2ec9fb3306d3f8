"""A plan is what a person chose for a search: what varies, what is best, and how much may be tried."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from mlp.config import ConfigError, RunConfig
from mlp.datasets import CLASSIFICATION, REGRESSION, DatasetInfo
from mlp.search.space import Space, read_space
from mlp.setting import Choice, setting, settings_of
from mlp.text import duration, in_text, percent, score, unknown

MOST_TRIALS = 10_000
MOST_PARALLEL = 16


class Measure(NamedTuple):
    """One row of the table: what a trial is judged by, always its best on the validation set."""

    label: str
    higher: bool  # whether higher is better
    column: str  # of a history
    task: str = ""  # of the data it is for; "" for any

    @property
    def label_in_text(self) -> str:
        """The label as it is written within a sentence."""
        return in_text(self.label)

    def show(self, value: float) -> str:
        """Return a value as people read it."""
        if self.column == "validation_accuracy":
            return percent(value, 2)
        return score(value) if self.task == REGRESSION else f"{value:.4g}"


MEASURES = {
    "accuracy": Measure("Validation accuracy", True, "validation_accuracy", CLASSIFICATION),
    "loss": Measure("Validation loss", False, "validation_loss"),
    "r_squared": Measure("Validation R²", True, "validation_loss", REGRESSION),
}


SAMPLERS = {  # how the settings of the next trial are chosen
    "tpe": Choice("Learns from the trials so far (TPE)"),
    "random": Choice("At random"),
    "grid": Choice("Every combination (grid)"),
}


PRUNERS = {  # when a trial that does badly is ended early
    "none": Choice("Off"),
    "median": Choice("Below the median of the others"),
    "halving": Choice("Below the best quarter (successive halving)"),
}


@dataclass(frozen=True)
class SearchPlan:
    """Everything that determines which trials a search makes: runs with `base`'s settings, except those that vary.

    PLAN_SETTINGS says what each field means that a person sets, and what is allowed. Raises ConfigError for a value
    outside its range.
    """

    base: RunConfig
    space: Space
    measure: str = setting(
        "Measure",
        "What makes a trial the best: its best on the validation set, at an epoch's end.",
        "accuracy",
        choices=MEASURES,
    )
    seconds: float = setting(
        "Seconds per trial",
        "Each trial trains for this long, and what it reaches by then counts: finds settings that learn fast. 0: until "
        "its last epoch.",
        0.0,
        low=0,
        high=86_400,
    )
    trials: int = setting(
        "Trials", "How many combinations of settings are tried, each in one run.", 30, low=1, high=MOST_TRIALS
    )
    minutes: float = setting(
        "Minutes", "The search ends after this time, whatever it has tried. 0: no limit.", 0.0, low=0, high=100_000
    )
    parallel: int = setting(
        "Parallel trials",
        "How many trials train at the same time. More than this machine has cores make each slower.",
        2,
        low=1,
        high=MOST_PARALLEL,
    )
    sampler: str = setting(
        "Next settings",
        "TPE (tree-structured Parzen estimator): after ten random trials, tries more of what was good. Grid: five "
        "values of each range.",
        "tpe",
        choices=SAMPLERS,
    )
    pruner: str = setting(
        "Pruning",
        "Ends trials early that do badly, and saves their time for others. Successive halving ends more of them, also "
        "some that only start slowly.",
        "median",
        choices=PRUNERS,
    )
    seed: int = setting(
        "Search seed",
        "Fixes which settings are tried, as far as the trials' order allows.",
        0,
        low=0,
        high=2**32 - 1,
        is_id=True,
    )
    given: tuple[RunConfig, ...] = ()  # the trials, where they are not searched: a check repeats settings
    check_of: str = ""  # the id of the search whose best a check repeats

    def __post_init__(self) -> None:
        for name, known in PLAN_SETTINGS.items():
            object.__setattr__(self, name, known.check(getattr(self, name)))

    @property
    def judged_by(self) -> Measure:
        return MEASURES[self.measure]

    @property
    def when(self) -> str:
        """When a trial's best counts, as people read it."""
        if not self.seconds:
            return "at the end of an epoch"
        return f"within {self.seconds:g} s" if self.seconds < 60 else f"within {duration(self.seconds)}"

    def check(self, info: DatasetInfo) -> None:
        """Refuse a plan that does not fit its data. Raises ConfigError.

        Parameters
        ----------
        info
            Of the data set that is learned from.
        """
        self.base.check(info)
        self.space.check(self.base, info)
        if info.validation == 0:
            raise ConfigError("A search needs a validation set, and this data has none. Keep some examples for it.")
        task = self.judged_by.task
        if task and task != info.task:
            others = ", ".join(name for name, measure in MEASURES.items() if measure.task in ("", info.task))
            raise ConfigError(f"measure is {self.measure}, but {info.label} is a {info.task}. Choose one of: {others}.")

    def to_json(self) -> str:
        """Return the plan as a JSON object, which `from_json` reads."""
        values: dict[str, Any] = {name: getattr(self, name) for name in PLAN_SETTINGS}
        values |= {"base": asdict(self.base), "space": self.space.write(), "check_of": self.check_of}
        return json.dumps({**values, "given": [asdict(config) for config in self.given]})

    @classmethod
    def from_json(cls, text: str) -> "SearchPlan":
        """Read what `to_json` wrote. Raises ConfigError for what this program can't read."""
        try:
            values = json.loads(text)
            base, *given = (
                RunConfig.from_json(json.dumps(each)) for each in (values.pop("base"), *values.pop("given"))
            )
            ranges: Mapping[str, str] = values.pop("space")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"The search's plan can't be read: {error!r}.") from error
        for name in values:
            if name not in (*PLAN_SETTINGS, "check_of"):
                raise ConfigError(unknown("setting of a search", name, PLAN_SETTINGS))
        return cls(base, read_space(ranges) if ranges else Space(()), given=tuple(given), **values)


PLAN_SETTINGS = settings_of(SearchPlan)


def usual_measure(info: DatasetInfo) -> str:
    """Return what a search on a data set is usually judged by."""
    return "r_squared" if info.task == REGRESSION else "accuracy"
