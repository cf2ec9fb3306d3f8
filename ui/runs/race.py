"""A race starts several runs that differ in one or two settings, each with several seeds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import product
from secrets import token_hex
from typing import NamedTuple

from mlp.comparison.groups import differing
from mlp.config import SETTINGS, ConfigError, RunConfig
from mlp.datasets import DatasetInfo, dataset_info
from mlp.run_settings import unused_on
from mlp.store import RunRecord
from mlp.text import counted
from ui.parts.browser import browser_token
from ui.parts.server import engine, store

LEAST_RUNS, MOST_RUNS = 2, 6
MOST_SEEDS, USUAL_SEEDS = 10, 5  # with five, a difference as large as its noise usually shows
TAG = "race "  # that each run of a race has, with the date and time, and what tells it from others of that second
# Runs on different data or of different length can't be compared; seeds repeat a run.
NOT_RACED = ("dataset", "epochs", "seed", "evaluate_train")
RACED = tuple(name for name in SETTINGS if name not in NOT_RACED)

# Values worth trying, spelled as in an address, if others than `Setting.examples`; people may type more.
SUGGESTED: Mapping[str, Sequence[str]] = {
    "hidden": ("none", "16", "100", "100-200", "256-128", "512-512"),
    "learning_rate": ("0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1.0", "3.0"),
    "batch_size": ("8", "16", "32", "64", "128", "256", "512"),
    "momentum": ("0.0", "0.5", "0.9", "0.99"),
    "beta2": ("0.9", "0.99", "0.999"),
    "epsilon": ("1e-08", "1e-06", "0.0001"),
    "weight_decay": ("0.0", "0.001", "0.01", "0.1"),
    "l1": ("0.0", "1e-05", "0.0001"),
    "l2": ("0.0", "1e-05", "0.0001", "0.001"),
    "dropout": ("0.0", "0.1", "0.2", "0.5"),
    "input_dropout": ("0.0", "0.1", "0.2"),
    "label_smoothing": ("0.0", "0.05", "0.1", "0.2"),
    "max_norm": ("0.0", "1.0", "2.0", "4.0"),
    "clip_norm": ("0.0", "0.5", "1.0", "5.0"),
    "averaging": ("0.0", "0.99", "0.999"),
    "shift": ("0.0", "1.0", "1.5", "2.0"),
    "rotation": ("0.0", "10.0", "15.0", "30.0"),
    "scaling": ("0.0", "0.1", "0.15", "0.2"),
    "shear": ("0.0", "0.1", "0.2"),
    "elastic": ("0.0", "20.0", "37.0", "50.0"),
    "elastic_smoothness": ("4.0", "5.5", "8.0"),
    "pixel_noise": ("0.0", "0.1", "0.2"),
    "cutout": ("0.0", "0.2", "0.4"),
    "patience": ("2", "5", "10"),
    "smallest_gain": ("0.0", "0.001", "0.01"),
    "plateau_patience": ("2", "5", "10"),
}


def raced(info: DatasetInfo) -> list[str]:
    """Return the settings that runs on a data set can differ in."""
    return [name for name in RACED if name not in unused_on(info)]


def suggested(name: str) -> list[str]:
    """Return values of a setting that are worth trying, as text."""
    return list(SUGGESTED.get(name, SETTINGS[name].examples))


def ideas(rate: float) -> dict[str, dict[str, Sequence[str]]]:
    """Return races worth running: the question, and the values of each setting that answer it.

    `rate` is the learning rate that the runs have otherwise: those that are tried are around it.
    """
    return {
        "Which learning rate is best?": {"learning_rate": _rates(rate, -2, 0, 1)},
        "Do more hidden units help?": {"hidden": ("16", "100", "100-200", "512-512")},
        "Small mini-batches or large ones?": {"batch_size": ("8", "32", "128", "512")},
        "SGD or Adam, and at which rate?": {"optimizer": ("sgd", "adam"), "learning_rate": ("0.003", "0.1")},
        "ReLU or sigmoid?": {"activation": ("relu", "tanh", "sigmoid")},
        "How much do the initial weights matter?": {"initializer": ("xavier", "he", "zeros")},
        "Does dropout help?": {"dropout": ("0.0", "0.2", "0.5")},
        "Does batch normalization help?": {"batch_norm": ("no", "yes"), "learning_rate": _rates(rate, 0, 1, 2)},
        "Do large batches need a larger rate?": {"batch_size": ("32", "256"), "learning_rate": _rates(rate, 0, 1, 2)},
    }


def _rates(rate: float, *places: int) -> list[str]:
    """Return the suggested learning rates at some places, counted from the one that is nearest to `rate`."""
    known = SUGGESTED["learning_rate"]
    nearest = min(range(len(known)), key=lambda place: abs(math.log(float(known[place]) / rate)))
    first = min(max(nearest, -min(places)), len(known) - 1 - max(places))  # so that all are known
    return [known[first + place] for place in places]


def variants(base: RunConfig, values: Mapping[str, Sequence[str]]) -> list[RunConfig]:
    """Return `base` with every combination of the values given for each setting.

    Raises ConfigError for an invalid value, and for fewer than 2 or more than 6 combinations.
    """
    read = [[(name, SETTINGS[name].read(text)) for text in texts] for name, texts in values.items()]
    made = list(dict.fromkeys(replace(base, **dict(chosen)) for chosen in product(*read)))
    for config in made:
        config.check(dataset_info(config.dataset))
    if not LEAST_RUNS <= len(made) <= MOST_RUNS:
        raise ConfigError(
            f"That makes {counted(len(made), 'combination')} of values; a race has {LEAST_RUNS} to {MOST_RUNS}. "
            f"Choose {'more' if len(made) < LEAST_RUNS else 'fewer'} values."
        )
    return made


def over_seeds(configs: Sequence[RunConfig], seeds: int) -> list[RunConfig]:
    """Return each configuration with its seed and the ones after it."""
    return [replace(config, seed=config.seed + more) for config in configs for more in range(seeds)]


class Race(NamedTuple):
    """A race that was started before."""

    started: float  # seconds since 1970
    runs: list[RunRecord]  # in the order in which they were started

    @property
    def values(self) -> str:
        """The settings that differ, with their values: "Learning rate 0.01, 0.1, 0.3"."""
        configs = [run.config for run in self.runs]
        words = []
        for name in differing(configs):
            if name != "seed":
                shown = dict.fromkeys(SETTINGS[name].show(getattr(config, name)) for config in configs)
                words.append(f"{SETTINGS[name].label} {', '.join(shown)}")
        return " · ".join(words)


def new_tag() -> str:
    """Return a tag for the runs of a race that starts now."""
    return f"{TAG}{datetime.now():%b %d %H:%M:%S} {token_hex(2)}"


def races(runs: Sequence[RunRecord], most: int) -> list[Race]:
    """Return the latest races among readable runs, the newest first; none of which all but one setting was deleted."""
    tagged: dict[str, list[RunRecord]] = {}
    for run in sorted(runs, key=lambda run: -run.created):
        for tag in run.tags:
            if tag.startswith(TAG):
                tagged.setdefault(tag, []).append(run)
    found = (Race(some[-1].created, some[::-1]) for some in tagged.values())
    return [race for race in found if race.values][:most]


def start(configs: Sequence[RunConfig], tag: str) -> list[str]:
    """Start a run for each configuration, owned by this browser and tagged; return their ids.

    Raises DatasetError if their data can't be loaded, StoreError if they can't be stored, ConfigError if that many may
    not train at once.
    """
    engine().check_start(browser_token(), len(configs))
    runs = [engine().open(config, browser_token()) for config in configs]
    for run in runs:
        run.start()
    for run in runs:
        store().tag(run.id, [tag])
    return [run.id for run in runs]
