"""Progress is how training went so far, and what follows from it: the next learning rate, and when to stop."""

import math
from dataclasses import dataclass, field


@dataclass
class FitProgress:
    """The losses and validation scores by epoch, and whether they still improve."""

    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)  # on the validation set, with early stopping
    examples: int = 0  # seen in all epochs
    slowdown: float = 1.0  # by which "adaptive" has divided the learning rate
    best: float = math.inf  # the lowest loss, or the negative of the highest score
    stalled: int = 0  # epochs in a row without an improvement

    def note(self, value: float, tol: float) -> bool:
        """Count an epoch that came to a loss, or to the negative of a score; return whether it is the best so far."""
        improved = value < self.best
        self.stalled = self.stalled + 1 if value > self.best - tol else 0
        self.best = min(value, self.best)
        return improved
