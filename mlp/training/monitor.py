"""A monitor remembers what the validation set said after earlier epochs, to see whether there still is a gain.

Early stopping and the schedule "reduce on plateau" decide by it. Sources: Prechelt, "Early stopping – but when?"
(1998), and ReduceLROnPlateau of PyTorch and Keras.
"""

from math import inf
from typing import NamedTuple

from mlp.config import RunConfig
from mlp.network.schedules import PLATEAU

REDUCTION = 0.1  # of the learning rate on a plateau


class Monitor(NamedTuple):
    """What is remembered: the last gain of each measure, and how many epochs ago it was."""

    loss: float = inf
    loss_waited: int = 0  # epochs since it fell
    accuracy: float = -inf
    accuracy_waited: int = 0  # epochs since it rose
    plateau_waited: int = 0  # epochs since the loss fell, or the learning rate did, with "reduce on plateau"
    factor: float = 1.0  # on the learning rate, too; training with another schedule forgets both


NOTHING_YET = Monitor()


def watches(config: RunConfig) -> bool:
    """Return whether the validation set is measured at each epoch's end to decide what happens next.

    >>> from mlp import RunConfig
    >>> watches(RunConfig()), watches(RunConfig(early_stopping="loss")), watches(RunConfig(schedule="plateau"))
    (False, True, True)
    """
    return config.early_stopping != "off" or config.schedule == PLATEAU


def judged(config: RunConfig, monitor: Monitor, accuracy: float, loss: float) -> Monitor:
    """Return what is remembered after one more epoch, with what the validation set says then; NaN is no gain.

    >>> from mlp import RunConfig
    >>> config, monitor = RunConfig(schedule="plateau", plateau_patience=2), NOTHING_YET
    >>> for loss in (0.5, 0.3, 0.4, 0.3):
    ...     monitor = judged(config, monitor, 0.9, loss)
    >>> monitor.loss, monitor.loss_waited, monitor.factor
    (0.3, 2, 0.1)
    """
    by_accuracy = config.early_stopping == "accuracy"  # the smallest gain is one in accuracy then, not in loss
    loss_fell = loss < monitor.loss - (0 if by_accuracy else config.smallest_gain)
    accuracy_rose = accuracy > monitor.accuracy + (config.smallest_gain if by_accuracy else 0)
    waited, factor = 0 if loss_fell else monitor.plateau_waited + 1, monitor.factor
    if waited >= config.plateau_patience:
        waited, factor = 0, REDUCTION * factor
    later = Monitor(
        loss if loss_fell else monitor.loss,
        0 if loss_fell else monitor.loss_waited + 1,
        accuracy if accuracy_rose else monitor.accuracy,
        0 if accuracy_rose else monitor.accuracy_waited + 1,
        waited,
        factor,
    )
    return remembered(config, later)


def remembered(config: RunConfig, monitor: Monitor) -> Monitor:
    """Return what still counts with these settings: a plateau's learning rate ends with "reduce on plateau".

    >>> remembered(RunConfig(schedule="cosine"), Monitor(loss=0.2, factor=0.01))[::5]
    (0.2, 1.0)
    """
    return monitor if config.schedule == PLATEAU else monitor._replace(plateau_waited=0, factor=1.0)


def stopped_early(config: RunConfig, monitor: Monitor) -> bool:
    """Return whether early stopping ended the run: no gain for as many epochs as the patience allows.

    >>> from mlp import RunConfig
    >>> stopped_early(RunConfig(early_stopping="loss", patience=3), Monitor(loss_waited=3))
    True
    """
    waited = {"loss": monitor.loss_waited, "accuracy": monitor.accuracy_waited}
    return waited.get(config.early_stopping, 0) >= config.patience


def stops_too_late(config: RunConfig) -> str:
    """Return why early stopping can't end a run before its last epoch; empty if it can.

    >>> from mlp import RunConfig
    >>> stops_too_late(RunConfig(early_stopping="loss", patience=9, epochs=5))
    'With a patience of 9, all 5 epochs are over before training could stop. Choose less patience, or more epochs.'
    >>> stops_too_late(RunConfig(early_stopping="loss", patience=3, epochs=5))
    ''
    """
    if config.early_stopping == "off" or config.patience + 1 < config.epochs:  # the first epoch is always a gain
        return ""
    epochs = "the only epoch is" if config.epochs == 1 else f"all {config.epochs:,} epochs are"
    patience = f"With a patience of {config.patience:,}"
    return f"{patience}, {epochs} over before training could stop. Choose less patience, or more epochs."


def patient_again(monitor: Monitor) -> Monitor:
    """Return the same memory with no epoch waited, so that a run that was stopped early can go on.

    >>> patient_again(Monitor(loss=0.2, loss_waited=5)).loss_waited
    0
    """
    return monitor._replace(loss_waited=0, accuracy_waited=0)
