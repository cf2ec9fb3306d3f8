"""A script is told where "reduce on plateau" lowered the learning rate, as if a person had done it there.

So it need not measure the loss and remember it. The places follow from the run's reports, which have that loss.
"""

from collections.abc import Iterator
from itertools import pairwise

from mlp.config import RunConfig
from mlp.export.run import ExportedRun
from mlp.network.schedules import PLATEAU
from mlp.training.best import epoch_ends
from mlp.training.monitor import NOTHING_YET, judged, watches


def reductions(run: ExportedRun) -> dict[int, float]:
    """Return the steps after which the learning rate was lowered, and its factor from there on."""
    history, monitor, found = run.history, NOTHING_YET, {}
    for row in epoch_ends(history):
        step = int(history["step"][row])
        config = _settings_before(run, step)
        if config and watches(config):
            before = monitor.factor
            monitor = judged(config, monitor, history["validation_accuracy"][row], history["validation_loss"][row])
            if monitor.factor != before:
                found[step] = monitor.factor
    return found


def _settings_before(run: ExportedRun, step: int) -> RunConfig | None:
    """Return the settings with which a step was made; those of a change count from the next one on."""
    earlier = [change.config_json for change in run.changes if change.step < step]
    return RunConfig.from_json(earlier[-1]) if earlier else run.started_with


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
