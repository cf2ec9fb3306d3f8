"""Training as a pure function, and what is recorded of it."""

from mlp.training.loop import (
    EVALUATION_BATCH,
    Divergence,
    Evaluation,
    Report,
    advance,
    epoch_order,
    evaluate,
    finished,
    learning_rate_at,
    report_untrained,
    steps_left,
    steps_left_in_epoch,
)
from mlp.training.model import Model
from mlp.training.state import FLOAT, TrainingState, initial_state, inputs_of, network_sizes

__all__ = [
    "EVALUATION_BATCH",
    "FLOAT",
    "Divergence",
    "Evaluation",
    "Model",
    "Report",
    "TrainingState",
    "advance",
    "epoch_order",
    "evaluate",
    "finished",
    "initial_state",
    "inputs_of",
    "learning_rate_at",
    "network_sizes",
    "report_untrained",
    "steps_left",
    "steps_left_in_epoch",
]
