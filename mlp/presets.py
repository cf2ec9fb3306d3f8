"""Presets are example set-ups, each with a name and a sentence on what to watch for."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from mlp.config import RunConfig
from mlp.datasets import REGRESSION, dataset_info
from mlp.datasets.own.stored import is_own
from mlp.run_settings import unused_on

LARGE = 10_000  # training examples
FEWEST_STEPS = 200  # of a whole training: with little data these are more epochs


@dataclass(frozen=True)
class Preset:
    """One row of the table: what is set, what differs for little data, points and tables, and what to watch."""

    label: str
    story: str  # what to watch for
    settings: dict[str, Any]
    small: dict[str, Any] = field(default_factory=dict)  # for fewer than LARGE training examples
    points: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, Any] = field(default_factory=dict)  # beside `small`, if there are few rows
    stories: dict[str, str] = field(default_factory=dict)  # by data set, task or kind, if they show something else
    only_on: tuple[str, ...] = ()  # the data sets of the catalog that show it; empty means all

    def story_on(self, dataset: str) -> str:
        """Return what to watch for on this data set, or which data sets to try instead."""
        info = dataset_info(dataset)
        if self.only_on and dataset not in self.only_on and not is_own(dataset):
            shown_by = [dataset_info(name).label.partition(",")[0] for name in self.only_on]  # without the images' size
            return f"Doesn't show on {info.label}; try {', '.join(shown_by[:-1])} or {shown_by[-1]}."
        found = (self.stories[key] for key in (dataset, info.task, info.kind) if key in self.stories)
        return next(found, self.story)

    def config(self, dataset: str) -> RunConfig:
        """Return the whole configuration for a data set; settings that the preset leaves open get their defaults.

        A mini-batch is never larger than the training set, epochs are added until they make FEWEST_STEPS, and what the
        data has no use for is off.
        """
        info = dataset_info(dataset)
        fitting = {} if info.train >= LARGE else self.small
        if info.kind == "points":
            fitting = self.points
        elif info.kind == "table":
            fitting = fitting | self.tables
        chosen = {"dataset": dataset} | self.settings | fitting
        unused = unused_on(info)
        config = RunConfig(**{name: value for name, value in chosen.items() if name not in unused})
        if config.batch_size > info.train:
            config = replace(config, batch_size=info.train)
        fewest = math.ceil(FEWEST_STEPS / config.steps_per_epoch(info))
        return replace(config, epochs=fewest) if config.epochs < fewest else config


PRESETS = {
    "tutorial": Preset(
        "Classic network",
        "100 and 200 ReLU units, plain SGD: simple, and a good baseline.",
        {"hidden": (100, 200), "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 32, "epochs": 25},
        points={"hidden": (16, 16), "epochs": 100},
        stories={
            "mnist": "100 and 200 ReLU units, plain SGD: 93 to 97 % after 2 epochs, 98 % after 25.",
            "digits": "100 and 200 ReLU units, plain SGD: about 97 % in 25 epochs.",
            "points": "Two layers of 16 ReLU units: watch the boundary bend around the points.",
        },
    ),
    "fast": Preset(
        "Fast training",
        "Momentum, and a learning rate that climbs, then falls: accuracy settles.",
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
        small={"epochs": 8, "batch_size": 16},
        points={"hidden": (32, 32), "epochs": 60, "batch_size": 32, "learning_rate": 0.05},
        tables={"learning_rate": 0.02, "clip_norm": 1},
        stories={REGRESSION: "Momentum, and a learning rate that climbs, then falls: R² settles."},
    ),
    "best": Preset(
        "As good as an MLP gets",
        "A large network that never sees an image twice: each is moved, turned and slanted at random.",
        {
            "hidden": (1000, 500),
            "initializer": "he",
            "optimizer": "nesterov",
            "learning_rate": 0.1,
            "batch_size": 128,
            "epochs": 160,
            "schedule": "one_cycle",
            "label_smoothing": 0.1,
            "shift": 1.5,
            "rotation": 12,
            "scaling": 0.12,
            "shear": 0.15,
            "elastic": 37,
            "elastic_smoothness": 5.5,
        },
        small={
            "hidden": (256, 128),
            "batch_size": 32,
            "epochs": 60,
            "shift": 0.75,
            "scaling": 0.1,
            "shear": 0.1,
            "elastic": 0,
        },
        points={"hidden": (32, 32), "learning_rate": 0.05, "batch_size": 32, "epochs": 60, "label_smoothing": 0},
        tables={
            "hidden": (128, 64),
            "optimizer": "adamw",
            "learning_rate": 0.005,
            "weight_decay": 0.3,
            "dropout": 0.4,
            "averaging": 0.98,
            "epochs": 100,
        },
        stories={
            "digits": "Images are moved, turned and slanted at random: about 99 % after 60 epochs.",
            "mnist": "Images are moved, turned and bent at random: 99.6 % after 160 epochs, about 10 minutes.",
            "points": "Made for images, which it moves, turns and bends at random: points stay where they are.",
            "table": "A larger network, kept simple by dropout and weight decay; the average of its weights predicts.",
        },
    ),
    "table": Preset(
        "Table",
        "A small network with AdamW, kept simple by weight decay: a good first try for rows of numbers.",
        {
            "hidden": (128, 64),
            "initializer": "he",
            "optimizer": "adamw",
            "learning_rate": 0.005,
            "batch_size": 128,
            "epochs": 15,
            "schedule": "one_cycle",
        },
        small={
            "hidden": (32,),
            "learning_rate": 0.01,
            "weight_decay": 0.3,
            "dropout": 0.2,
            "batch_size": 16,
            "epochs": 60,
        },
        points={"hidden": (32,), "learning_rate": 0.01, "batch_size": 32, "epochs": 60},
        stories={
            "images": "Made for rows of numbers: a small network with AdamW.",
            "points": "Made for rows of numbers: a small network with AdamW.",
        },
    ),
    "too_fast": Preset(
        "Learning rate too high",
        "Steps overshoot: accuracy jumps around or drops to guessing. Lower the rate.",
        {"hidden": (100, 200), "learning_rate": 1.0, "epochs": 10},
        small={"epochs": 50},
        points={"hidden": (16, 16), "learning_rate": 5.0, "epochs": 50},
        tables={"learning_rate": 3.0},
        stories={
            REGRESSION: "Steps overshoot, more each time: training diverges. Lower the rate.",
            "table": "Steps overshoot: accuracy jumps around, or training diverges. Lower the rate.",
        },
    ),
    "linear": Preset(
        "No hidden layer",
        "One template per class and nothing else: good quickly, then no better.",
        {"hidden": (), "learning_rate": 0.1, "epochs": 10},
        small={"epochs": 40},
        points={"epochs": 60},
        stories={
            REGRESSION: "Linear regression: a weighted sum of the inputs, and nothing else.",
            "table": "A weighted sum of the inputs for each class, and nothing else: enough for many tables.",
            "points": "Only straight boundaries between classes: not enough for these points.",
            "gaussians": "Only straight boundaries between classes: enough for these clouds.",
        },
    ),
    "over_fitting": Preset(
        "Overfitting",
        "Memorizes its examples: training nears 100 %, validation loss rises again.",
        {"hidden": (512, 512), "optimizer": "adam", "learning_rate": 0.001, "batch_size": 128, "epochs": 30},
        small={"batch_size": 32, "learning_rate": 0.01, "epochs": 100},
        points={"hidden": (256, 256), "batch_size": 32, "learning_rate": 0.003, "epochs": 150},
        stories={
            REGRESSION: "Memorizes its examples: training R² nears 1, validation gets worse again.",
            "table": "Memorizes its examples: training nears 100 %. Does validation loss rise again?",
        },
        only_on=("digits", "mnist", "fashion-mnist", "gaussians"),  # other points have almost no noise to memorize
    ),
    "zeros": Preset(
        "All-zero weights",
        "Units that start the same stay the same: accuracy never beats guessing.",
        {"hidden": (100, 200), "initializer": "zeros", "epochs": 5},
        small={"epochs": 25},
        points={"hidden": (16, 16), "epochs": 50},
        stories={REGRESSION: "Units that start the same stay the same: never better than predicting the mean."},
    ),
}


def usual_preset(dataset: str) -> str:
    """Return the name of the preset to start with on a data set."""
    return "table" if dataset_info(dataset).kind == "table" else next(iter(PRESETS))


def default_pace(dataset: str) -> float | None:
    """Return the steps per second at which training is easy to watch; None, no limit, for large data sets."""
    return None if dataset_info(dataset).train >= LARGE else 100.0
