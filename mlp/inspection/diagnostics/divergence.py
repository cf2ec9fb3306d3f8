"""A run has diverged when its numbers have grown too large for float32."""

import math

import numpy as np

from mlp.config import RunConfig
from mlp.inspection.diagnostics.case import Case, Finding, learned_most, slower
from mlp.text import percent
from mlp.training import Divergence


def explain_divergence(config: RunConfig, divergence: Divergence) -> str:
    """Return what happened, the evidence, and what to try.

    A step that is too long overshoots the valley and lands higher than it started; repeated, the loss grows
    without bound.

    Parameters
    ----------
    config
        The run's settings.
    divergence
        Where training diverged.

    Returns
    -------
    str
        Sentences for a person.

    Examples
    --------
    >>> divergence = Divergence(step=7, learning_rate=80.0, loss=1e30, largest_weight=2e20)
    >>> print(explain_divergence(RunConfig(learning_rate=80.0), divergence).partition(":")[0])
    Training diverged at step 7
    """
    evidence = [f"learning rate {divergence.learning_rate:.3g}"]
    if math.isfinite(divergence.loss):
        evidence.append(f"the last finite loss was {divergence.loss:.3g}")
    evidence.append(f"the largest weight was {divergence.largest_weight:.3g}")
    return (
        f"Training diverged at step {divergence.step:,}: the numbers grew too large for float32 "
        f"({', '.join(evidence)}). Restart with a learning rate of {config.learning_rate / 10:.2g}."
    )


def diverged(case: Case) -> Finding | None:
    """Find a run that has diverged, or a network whose weights are NaN or infinite."""
    lost = 1 - float(np.isfinite(case.model.state.parameters).mean())
    if not case.diverged and not lost:
        return None
    return Finding(
        title="Training has diverged",
        evidence=case.diverged or f"{percent(lost, 0)} of the weights are NaN or infinite.",
        cure="Go back to where the loss was lowest, and continue from there with a tenth of the learning rate.",
        changes=slower(case),
        back_to=learned_most(case),
        source="Goodfellow, Bengio and Courville, “Deep learning” (2016), section 8.2.4",
    )
