"""A script is told where "reduce on plateau" lowered the learning rate, as if a person had done it there.

So it need not measure the loss and remember it. The places follow from the run's reports, which have that loss.
"""

from collections.abc import Iterator
from itertools import pairwise

from mlp.config import RunConfig
from mlp.export.run import ExportedRun
from mlp.network.schedules import PLATEAU
from mlp.training.best import epoch_ends
from mlp.training.monitor import NOTHING_YET, judged, remembered, watches


def reductions(run: ExportedRun, started_with: RunConfig) -> dict[int, float]:
    """Return the steps after which the learning rate got another factor, and that factor."""
    history, monitor, factors = run.history, NOTHING_YET, {0: 1.0}
    ends = epoch_ends(history)
    for begin, end, config in _trained_with(run, started_with):
        monitor = remembered(config, monitor)
        factors[begin] = monitor.factor
        for row in ends[(history["step"][ends] > begin) & (history["step"][ends] <= end)]:
            if watches(config):
                monitor = judged(config, monitor, history["validation_accuracy"][row], history["validation_loss"][row])
            factors[int(history["step"][row])] = monitor.factor
    return {step: factor for before, (step, factor) in pairwise([(0, 1.0), *factors.items()]) if factor != before[1]}


def _trained_with(run: ExportedRun, started_with: RunConfig) -> Iterator[tuple[int, int, RunConfig]]:
    """Yield after which step and up to which one the run trained with which settings."""
    settings = {0: started_with, **{change.step: RunConfig.from_json(change.config_json) for change in run.changes}}
    for (begin, config), end in zip(settings.items(), (*list(settings)[1:], run.state.step), strict=True):
        yield begin, end, config


def pieces(config: RunConfig, begin: int, end: int, lowered: dict[int, float]) -> Iterator[tuple[int, float, str]]:
    """Yield for how many of the steps between two the learning rate had which factor, and what changed there."""
    if config.schedule != PLATEAU:
        yield end - begin, 1.0, ""
        return
    marks = [step for step in lowered if begin < step < end]
    for step, until in pairwise((begin, *marks, end)):
        factors = [factor for at, factor in lowered.items() if at <= step]
        said = "learning rate ÷ 10 on a plateau" if step in marks else ""
        yield until - step, factors[-1] if factors else 1.0, said
