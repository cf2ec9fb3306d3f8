"""A run has diverged when its numbers have grown too large for float32."""

import numpy as np

from mlp.inspection.diagnostics.case import BACK, SCALE, UNSCALED, Case, Finding, learned_most, slower
from mlp.text import percent


def diverged(case: Case) -> Finding | None:
    """Find a run that has diverged, or a network whose weights are NaN or infinite."""
    lost = 1 - float(np.isfinite(case.model.state.parameters).mean())
    if not case.diverged and not lost:
        return None
    cure, changes = slower(case.config.learning_rate, BACK)
    scale = f" The target is not scaled, so steps are too long. {SCALE}" if case.target_size > UNSCALED else ""
    return Finding(
        title="Training has diverged",
        evidence=case.diverged or f"{percent(lost, 0)} of the weights are NaN or infinite.",
        cure=cure + scale,
        changes=changes,
        back_to=learned_most(case),
        source="Goodfellow, Bengio and Courville, “Deep learning” (2016), section 8.2.4",
    )
