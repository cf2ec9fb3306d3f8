"""A search decides what to try next: a state machine that sees how runs do, and knows no engine or store."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from mlp.config import RunConfig
from mlp.search.plan import SearchPlan
from mlp.search.space import Space
from mlp.search.trial import Outcome, Trial
from mlp.text import counted
from mlp.training.checkpoint import Status

if TYPE_CHECKING:
    from mlp.search.advisor import Advisor

TELLING = 3  # trials that diverged, and no other, before that is said


class Progress(NamedTuple):
    """What is seen of a trial's run."""

    status: Status
    config: RunConfig
    values: Mapping[int, float]  # as `measured` returns them
    seconds: float  # that it trained


class Search:
    """The trials so far, and what follows from them.

    Parameters
    ----------
    plan
        What a person chose.
    trials
        Those that were made before, as a store has them.
    seconds
        That the search was running before.
    """

    def __init__(self, plan: SearchPlan, trials: Iterable[Trial] = (), seconds: float = 0.0) -> None:
        self.plan, self.seconds = plan, seconds
        self._trials = {trial.number: trial for trial in sorted(trials, key=lambda trial: trial.number)}
        self._advisor = _advisor(plan, self._trials.values())
        self.is_exhausted = False  # every combination of a grid was tried

    @property
    def trials(self) -> list[Trial]:
        """All trials, in the order in which they began."""
        return list(self._trials.values())

    @property
    def open(self) -> list[Trial]:
        """The trials that have not ended."""
        return [trial for trial in self._trials.values() if trial.outcome is Outcome.RUNNING]

    @property
    def _latest(self) -> int:
        """The number of the latest trial. There may be fewer: a store can lack some, or have them damaged."""
        return max(self._trials, default=0)

    @property
    def time_is_up(self) -> bool:
        return 0 < 60 * self.plan.minutes <= self.seconds

    @property
    def wants_more(self) -> bool:
        """Whether the budget allows another trial."""
        planned = len(self.plan.given) or self.plan.trials
        return self._latest < planned and not self.is_exhausted and not self.time_is_up

    @property
    def is_over(self) -> bool:
        """Whether the budget is spent, and every trial has ended."""
        return not self.wants_more and not self.open

    def begin_trial(self) -> Trial | None:
        """Return a new trial; None if every combination of a grid has been tried."""
        number = self._latest + 1
        config = self.plan.given[number - 1] if self.plan.given else self._advisor.ask(number)
        if config is None:
            self.is_exhausted = True
            return None
        trial = self._trials[number] = Trial(number, config)
        return trial

    def stored(self, number: int, run_id: str) -> None:
        """Note which run a trial is."""
        self._trials[number] = replace(self._trials[number], run_id=run_id)

    def see(self, number: int, progress: Progress) -> Trial:
        """Take how an open trial's run is doing; return the trial. If it has ended now, its run is to stop."""
        trial = self._trials[number]
        news = {place: value for place, value in progress.values.items() if place not in trial.values}
        trial = replace(trial, values=dict(progress.values), seconds=progress.seconds)
        if progress.values:
            trial = replace(trial, value=list(progress.values.values())[-1])
        self._trials[number] = trial
        pruned = [] if self.plan.given else [self._advisor.should_end(number, *each) for each in news.items()]
        outcome = self._outcome(trial, progress, any(pruned))
        return trial if outcome is Outcome.RUNNING else self._end(trial, outcome)

    def _outcome(self, trial: Trial, progress: Progress, pruned: bool) -> Outcome:
        if progress.config != trial.config:
            return Outcome.CHANGED
        if progress.status is Status.DIVERGED:
            return Outcome.DIVERGED
        if progress.status is Status.FAILED:
            return Outcome.FAILED
        if progress.status is Status.FINISHED or 0 < self.plan.seconds <= progress.seconds:
            return Outcome.COMPLETE if trial.values else Outcome.FAILED
        return Outcome.PRUNED if pruned else Outcome.RUNNING

    def fail(self, number: int) -> Trial:
        """End a trial whose run can't go on; return it."""
        return self._end(self._trials[number], Outcome.FAILED)

    def cut(self) -> list[Trial]:
        """End the open trials, because the search ends; return them."""
        return [self._end(trial, Outcome.CUT) for trial in self.open]

    def _end(self, trial: Trial, outcome: Outcome) -> Trial:
        ended = replace(trial, outcome=outcome, ended=self.seconds)
        self._trials[trial.number] = ended if self.plan.given else self._advisor.tell(ended)
        return self._trials[trial.number]

    def add(self, trials: int = 0, minutes: float = 0.0) -> None:
        """Allow more trials, or more time. Raises ConfigError for a budget that is too large."""
        self.plan = replace(
            self.plan,
            trials=max(self.plan.trials, self._latest) + trials if trials else self.plan.trials,
            minutes=max(self.plan.minutes, self.seconds / 60) + minutes if minutes else self.plan.minutes,
        )

    def widen(self, wider: Space) -> None:
        """Search wider ranges from now on.

        Raises ConfigError for ranges that leave out what was allowed, or have too many combinations for a grid.
        """
        plan = replace(self.plan, space=self.plan.space.widened(wider))
        self._advisor = _advisor(plan, self.trials)
        self.plan, self.is_exhausted = plan, False


def _advisor(plan: SearchPlan, trials: Iterable[Trial]) -> "Advisor":
    from mlp.search.advisor import Advisor  # takes most of a second, and few pages need it

    return Advisor(plan, trials)


def ranked(plan: SearchPlan, trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials that could be the best, the best first; of equals, the earlier one."""
    sign = -1 if plan.judged_by.higher else 1
    return sorted((trial for trial in trials if trial.is_ranked), key=lambda trial: (sign * trial.value, trial.number))


def best_so_far(plan: SearchPlan, trials: Iterable[Trial]) -> list[Trial]:
    """Return each trial that was the best when it ended, in that order."""
    best: list[Trial] = []
    for trial in sorted((trial for trial in trials if trial.is_ranked), key=lambda trial: trial.ended):
        if not best or ranked(plan, (best[-1], trial))[0] is trial:
            best.append(trial)
    return best


def importance(plan: SearchPlan, trials: Iterable[Trial]) -> dict[str, float]:
    """Return each setting's share in what makes trials good or bad; empty with fewer than ten complete ones."""
    return _advisor(plan, sorted(trials, key=lambda trial: trial.number)).importance()


def remark(plan: SearchPlan, trials: Iterable[Trial]) -> str:
    """Return what a person should know about how the trials end; usually nothing."""
    ended = [trial for trial in trials if trial.outcome is not Outcome.RUNNING]
    diverged = sum(trial.outcome is Outcome.DIVERGED for trial in ended)
    if len(ended) < TELLING or any(trial.is_ranked for trial in ended):
        return ""
    if diverged == len(ended):
        varies = "learning_rate" in plan.space.names
        lower = "Let its learning rates start lower" if varies else "Begin another with a lower learning rate"
        return f"All {counted(diverged, 'trial')} diverged: their weights became NaN or infinite. {lower}."
    return f"None of {counted(len(ended), 'trial')} has a result: their runs say why. Change what they share."
