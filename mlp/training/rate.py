"""The learning rate of a step follows from the schedule, and from what the validation set said."""

from mlp.config import RunConfig
from mlp.network.schedules import PLATEAU, SCHEDULES


def learning_rate_at(config: RunConfig, progress: float, plateaus: float = 1.0) -> float:
    """Return the scheduled learning rate.

    Parameters
    ----------
    config
        The run's settings.
    progress
        How many epochs are done, with the fraction of the current one.
    plateaus
        The factor that the state's monitor remembers, which counts with "reduce on plateau" only.

    Returns
    -------
    float
        The learning rate of the next step.

    Examples
    --------
    >>> from mlp import RunConfig
    >>> config = RunConfig(learning_rate=0.1, schedule="cosine", epochs=10)
    >>> round(learning_rate_at(config, 0.0), 6), round(learning_rate_at(config, 5.0), 6)
    (0.1, 0.05)
    """
    factor = SCHEDULES[config.schedule].factor(min(progress / config.epochs, 1.0))
    return config.learning_rate * factor * (plateaus if config.schedule == PLATEAU else 1.0)
