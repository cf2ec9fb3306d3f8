"""Training as a pure function, and what is recorded of it."""

from mlp.training.checkpoint import Checkpoint, Status
from mlp.training.evaluation import Evaluation, evaluate
from mlp.training.loop import advance, epoch_order, report_untrained
from mlp.training.model import Model
from mlp.training.rate import learning_rate_at
from mlp.training.report import Divergence, Report, explain_divergence
from mlp.training.state import (
    FLOAT,
    TrainingState,
    finished,
    initial_state,
    inputs_of,
    steps_left,
    steps_left_in_epoch,
)

__all__ = [
    "FLOAT",
    "Checkpoint",
    "Divergence",
    "Evaluation",
    "Model",
    "Report",
    "Status",
    "TrainingState",
    "advance",
    "epoch_order",
    "evaluate",
    "explain_divergence",
    "finished",
    "initial_state",
    "inputs_of",
    "learning_rate_at",
    "report_untrained",
    "steps_left",
    "steps_left_in_epoch",
]
