"""Presets are settings worth seeing, each with a name and a sentence on what to watch."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mlp.config import RunConfig
from mlp.datasets import DATASETS


@dataclass(frozen=True)
class Preset:
    """One row of the table: what is set, and what else where the data are small images or points."""

    label: str
    story: str
    settings: dict[str, Any]
    small_images: dict[str, Any] = field(default_factory=dict)
    points: dict[str, Any] = field(default_factory=dict)
    only_on: tuple[str, ...] = ()  # the data sets that show it; none means all

    def story_on(self, dataset: str) -> str:
        """Return what to watch, or where to watch it if not on this data set."""
        if not self.only_on or dataset in self.only_on:
            return self.story
        return f"Not to be seen on {_labels([dataset])}; choose {_labels(self.only_on)}."

    def config(self, dataset: str) -> RunConfig:
        """Return the whole configuration for a data set; what the preset leaves open has its default."""
        info = DATASETS[dataset]
        if info.kind == "points":
            fitting = self.points
        elif info.train < 10_000:
            fitting = self.small_images
        else:
            fitting = {}
        return RunConfig(**({"dataset": dataset} | self.settings | fitting))


def _labels(datasets: Iterable[str]) -> str:
    return ", ".join(DATASETS[name].label for name in datasets)


PRESETS = {
    "tutorial": Preset(
        "Classic network",
        "100 and 200 ReLU units, plain SGD: 98 % of MNIST in 25 epochs, most of it in the first two.",
        {"hidden": (100, 200), "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 32, "epochs": 25},
        points={"hidden": (16, 16), "epochs": 100},
    ),
    "fast": Preset(
        "Fast training",
        "Momentum and a one-cycle learning rate: watch the rate climb, then fall, and the accuracy settle as it falls.",
        {
            "hidden": (192,),
            "initializer": "he",
            "optimizer": "nesterov",
            "momentum": 0.85,
            "learning_rate": 0.3,
            "batch_size": 96,
            "epochs": 6,
            "schedule": "one_cycle",
        },
        small_images={"epochs": 8, "batch_size": 16},
        points={"hidden": (32, 32), "epochs": 60, "batch_size": 32, "learning_rate": 0.05},
    ),
    "too_fast": Preset(
        "Learning rate too high",
        "Each step overshoots: the curves thrash instead of climbing. Lower the rate while it runs, then try a reset.",
        {"hidden": (100, 200), "learning_rate": 1.0, "epochs": 10},
        small_images={"epochs": 50},
        points={"hidden": (16, 16), "learning_rate": 5.0, "epochs": 50},
    ),
    "linear": Preset(
        "No hidden layer",
        "Every class has one template, and a straight line between any two: good, and then no better.",
        {"hidden": (), "learning_rate": 0.1, "epochs": 10},
        small_images={"epochs": 40},
        points={"epochs": 60},
    ),
    "over_fitting": Preset(
        "Overfitting",
        "A large network learns its examples by heart: training reaches 100 % while the validation loss turns upwards.",
        {
            "hidden": (512, 512),
            "optimizer": "adam",
            "learning_rate": 0.001,
            "batch_size": 128,
            "epochs": 30,
        },
        small_images={"batch_size": 32, "learning_rate": 0.01, "epochs": 100},
        points={"hidden": (256, 256), "batch_size": 32, "learning_rate": 0.003, "epochs": 150},
        only_on=("digits", "mnist", "fashion-mnist", "gaussians"),  # the other points have hardly any noise to learn
    ),
    "zeros": Preset(
        "All-zero weights",
        "Units that start alike get the same gradient and stay alike: the accuracy never leaves a guess.",
        {"hidden": (100, 200), "initializer": "zeros", "epochs": 5},
        small_images={"epochs": 25},
        points={"hidden": (16, 16), "epochs": 50},
    ),
}


def default_pace(dataset: str) -> float | None:
    """Return steps a second at which a run can be watched: as fast as possible on large sets, slowed down on small."""
    return None if DATASETS[dataset].train > 10_000 else 100.0
