"""A multilayer perceptron written from scratch in numpy, and what it takes to watch it learn."""

from mlp.config import ConfigError, RunConfig
from mlp.datasets import DatasetError, load_dataset
from mlp.training import Evaluation, Report, TrainingState, advance, evaluate, initial_state

__all__ = [
    "ConfigError",
    "DatasetError",
    "Evaluation",
    "Report",
    "RunConfig",
    "TrainingState",
    "advance",
    "evaluate",
    "initial_state",
    "load_dataset",
]
