"""A race starts several runs that differ in one or two settings, each over some seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from mlp.config import FIELDS, ConfigError, RunConfig, read_setting
from ui.browser import browser_token
from ui.session import engine, store

LEAST_RUNS, MOST_RUNS = 2, 6
MOST_SEEDS = 5
NOT_RACED = ("dataset", "seed", "evaluate_train")  # runs on other data, or luck, can't be compared
RACED = tuple(name for name in FIELDS if name not in NOT_RACED)

# Values worth trying, as an address has them; a person may type others.
SUGGESTED: Mapping[str, Sequence[str]] = {
    "hidden": ("none", "16", "100", "100-200", "256-128", "512-512"),
    "learning_rate": ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1.0"),
    "batch_size": ("8", "16", "32", "64", "128", "256", "512"),
    "epochs": ("5", "10", "25", "50"),
    "momentum": ("0.0", "0.5", "0.9", "0.99"),
    "beta2": ("0.9", "0.99", "0.999"),
    "epsilon": ("1e-08", "1e-06", "0.0001"),
    "weight_decay": ("0.0", "0.001", "0.01", "0.1"),
    "l1": ("0.0", "1e-05", "0.0001"),
    "l2": ("0.0", "1e-05", "0.0001", "0.001"),
    "dropout": ("0.0", "0.1", "0.2", "0.5"),
}


def suggested(name: str) -> list[str]:
    """Return values of a setting that are worth trying, as text."""
    return list(FIELDS[name].metadata["choices"] or SUGGESTED[name])


def variants(base: RunConfig, values: Mapping[str, Sequence[str]]) -> list[RunConfig]:
    """Return `base` with every combination of the values given for each setting.

    Raises ConfigError for a value that can't be, and for fewer than 2 or more than 6 different runs.
    """
    read = [[(name, read_setting(name, text)) for text in texts] for name, texts in values.items()]
    made = list(dict.fromkeys(replace(base, **dict(chosen)) for chosen in product(*read)))
    if not LEAST_RUNS <= len(made) <= MOST_RUNS:
        raise ConfigError(
            f"That makes {len(made)} different {'run' if len(made) == 1 else 'runs'}; a race has {LEAST_RUNS} to "
            f"{MOST_RUNS}. Choose {'more' if len(made) < LEAST_RUNS else 'fewer'} values."
        )
    return made


def over_seeds(configs: Sequence[RunConfig], seeds: int) -> list[RunConfig]:
    """Return each configuration with its seed and those after it."""
    return [replace(config, seed=config.seed + more) for config in configs for more in range(seeds)]


def start(configs: Sequence[RunConfig], tag: str) -> list[str]:
    """Start a run for each configuration, of this browser and with a tag; return their names in the store.

    Raises DatasetError where their data can't be had, StoreError where they can't be kept.
    """
    runs = [engine().open(config, browser_token()) for config in configs]
    for run in runs:
        run.start()
    for run in runs:
        store().tag(run.id, [tag])
    return [run.id for run in runs]
