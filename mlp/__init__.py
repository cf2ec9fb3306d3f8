"""A multilayer perceptron written from scratch in numpy, and what it takes to watch it learn."""

import signal
import sys

# sys.argv[0] is "-m" while `python -m mlp` is being started; that name tells it from somebody's own package. Importing
# takes 0.3 s, in which Ctrl-C would print a traceback: let it end the program silently until there is work to stop.
if sys.argv[:1] == ["-m"] and "mlp" in sys.orig_argv and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
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
