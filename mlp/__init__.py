"""A multilayer perceptron written from scratch in numpy, and what it takes to watch it learn.

>>> from mlp import RunConfig, advance, evaluate, initial_state, load_dataset
>>> config = RunConfig(dataset="digits", hidden=(32,), epochs=10)
>>> dataset = load_dataset(config.dataset)
>>> state = initial_state(config, dataset)
>>> while state.epoch < config.epochs:
...     state, report = advance(config, dataset, state, steps=config.steps_per_epoch(dataset.info))
>>> evaluate(config, dataset, state).accuracy > 0.9
True
"""

import os
import signal
import sys

# Importing takes 0.3 s, in which Ctrl-C would print a traceback: let it end the command line silently until there is
# work to stop. While `python -m mlp` is being started, sys.argv[0] is "-m", unlike for somebody's own package.
_program = sys.argv[0] if sys.argv else ""
_is_command = (_program == "-m" and "mlp" in sys.orig_argv) or os.path.basename(_program) in ("mlp", "mlp.exe")
if _is_command and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from mlp.config import ConfigError, RunConfig
from mlp.datasets import Dataset, DatasetError
from mlp.datasets import load_dataset_or_file as load_dataset
from mlp.training import Evaluation, Model, Report, TrainingState, advance, evaluate, initial_state

__all__ = [
    "ConfigError",
    "Dataset",
    "DatasetError",
    "Evaluation",
    "Model",
    "Report",
    "RunConfig",
    "TrainingState",
    "advance",
    "evaluate",
    "initial_state",
    "load_dataset",
]
