"""Diagnostics say in a sentence what a state or a report shows, with the evidence."""

import math

from mlp.config import RunConfig
from mlp.training import Divergence


def explain_divergence(config: RunConfig, divergence: Divergence) -> str:
    """Return what happened, the evidence, and what to try.

    A step that is too long overshoots the valley and lands higher than it started; repeated, it grows without bound.
    """
    evidence = [f"learning rate {divergence.learning_rate:.3g}"]
    if math.isfinite(divergence.loss):
        evidence.append(f"the last finite loss was {divergence.loss:.3g}")
    evidence.append(f"the largest weight was {divergence.largest_weight:.3g}")
    return (
        f"Training diverged at step {divergence.step:,}: the numbers grew past what float32 can hold "
        f"({', '.join(evidence)}). Start afresh with a learning rate of {config.learning_rate / 10:.2g}."
    )
