"""How fast a run trains: how long its next quantum is, when it may start, and whether it measures the validation set.

A quantum should take about the time it is given. So its steps follow from the speed of the one before, unless a person
slows the run down or asked it to stop at a certain step.
"""

from collections import deque
from collections.abc import Callable
from math import inf, isfinite, nan

from mlp.config import ConfigError
from mlp.training import Model, TrainingState, steps_left, steps_left_in_epoch
from mlp.training.quantum import QuantumResult

PACED_SECONDS = 0.15  # between quanta of a run that is slowed down: more than five changes on screen a second
LONGEST_QUANTUM_SECONDS = 2.0
TRIP_SHARE = 0.05  # of a quantum may go into moving the state to the worker and back
LATEST_TRIPS = 5  # the shortest counts: one delayed by a busy machine does not predict the next
VALIDATION_SHARE = 0.06  # of the time may go into measuring the validation set between epochs,
VALIDATION_CREDIT_SECONDS = 0.5  # and more at the start, where the curve is steepest, unless others wait
LEAST_SHARE = 0.25  # of a turn is for training, however long the measurement takes
FIRST_STEPS = 8  # so that the curve's first point comes at once, before the speed is known,
FIRST_WORK = 2e8  # parameters · examples: fewer steps of large networks, for 0.1 s at 12 GFLOP/s
MOST_GROWTH = 8  # of a quantum's steps from one to the next
SHORTLY = 1.25  # times a quantum's steps are not worth another quantum
SPEED_WINDOW_SECONDS = 1.5
WARM_UP_SECONDS = 2.0  # until the speed says how long the rest takes: at first quanta are short, and most are validated


class Pacing:
    """What is known of a run's speed, and the pace that was asked for."""

    def __init__(self, clock: Callable[[], float], early_points: bool = True) -> None:
        """`clock` returns the time in seconds; `early_points`: the validation set is measured often at the start."""
        self._clock, self._early_points = clock, early_points
        self._pace: float | None = None
        self.forget()

    def forget(self) -> None:
        """Know nothing about the speed, as before the first step. The pace stays."""
        self._seconds_a_step = 0.0  # 0 until it is known
        self._last_steps = 0
        self._trips: deque[float] = deque([0.0], maxlen=LATEST_TRIPS)  # seconds each
        self._validation_seconds = 0.0
        self._validation_budget = 0.0
        self._validated_step = 0  # the last at which the validation set was measured
        # (time, examples so far) from when the first quantum came back: that one also waited for a worker to be ready.
        self._arrivals: deque[tuple[float, int]] = deque()
        self.start_over()

    def start_over(self) -> None:
        """Measure the speed from now on: the run did not train until now, or at another pace."""
        self._arrivals.clear()
        self._first_arrival = inf
        self.due = 0.0  # when the next quantum may start

    def set_pace(self, steps_per_second: float | None) -> None:
        """Train at most this many steps per second; None for as many as possible.

        Raises ConfigError for less than one per 1,000 seconds.
        """
        if steps_per_second is not None and not (steps_per_second >= 1e-3 and isfinite(steps_per_second)):
            raise ConfigError(f"The pace is {steps_per_second} steps per second; it must be at least 0.001.")
        if steps_per_second != self._pace:
            self._pace = steps_per_second
            self.start_over()

    def samples_per_second(self) -> float:
        """Return the current speed; NaN before a second quantum is back."""
        if len(self._arrivals) < 2:
            return nan
        (begun, before), (ended, after) = self._arrivals[0], self._arrivals[-1]
        return (after - before) / max(ended - begun, 1e-9)

    def seconds_left(self, model: Model) -> float:
        """Return how long the rest of the run takes at the current speed; NaN until that has settled."""
        if self._clock() - self._first_arrival < WARM_UP_SECONDS:
            return nan
        examples = steps_left(model.config, model.dataset, model.state) * model.config.batch_size
        return examples / speed if (speed := self.samples_per_second()) else nan

    def next_quantum(
        self,
        seconds: float,
        model: Model,
        pause_at: int | None,
        stepping: bool,
        crowded: bool = False,
        apart: float = PACED_SECONDS,
    ) -> tuple[int, bool]:
        """Return the steps of the next quantum, to take about `seconds`, and whether it measures the validation set.

        `pause_at` is the step at which to stop; `stepping` says that single steps were requested, at any pace. A large
        state's quantum takes longer, for its way to be worth it, unless it is `crowded`: others wait for their turn.
        Quanta of a run that is slowed down are `apart`, in seconds.
        """
        now = self._clock()
        if not crowded:
            seconds = max(seconds, min(min(self._trips) / TRIP_SHARE, LONGEST_QUANTUM_SECONDS))
        steps = self._steps_in(seconds, apart, model, pause_at)
        unhurried = self._pace is not None or pause_at is not None
        validate = unhurried or self._may_validate(steps, model, crowded)
        ends_epoch = steps == steps_left_in_epoch(model.config, model.dataset, model.state)
        if crowded and not unhurried and (validate or ends_epoch):  # the others wait for that, too
            seconds = max(seconds - self._validation_seconds, LEAST_SHARE * seconds)
            steps = min(steps, self._steps_in(seconds, apart, model, pause_at))
        if self._pace and not stepping:
            self.due = max(self.due, now - apart) + steps / self._pace
        return steps, validate

    def _may_validate(self, steps: int, model: Model, crowded: bool) -> bool:
        """Return whether a quantum of these steps may measure the validation set, if no epoch ends there."""
        state = model.state
        credit = VALIDATION_CREDIT_SECONDS if self._early_points and not crowded else 0.0
        affordable = self._validation_seconds <= self._validation_budget + credit
        # However slow the machine, the first epoch's curve, the steepest part of all, has points at most a doubling
        # apart, from a thirty-second of the epoch on; or four times as far apart, if others wait.
        growth = 4 if crowded else 2
        early = max(growth * self._validated_step, model.config.steps_per_epoch(model.dataset.info) // 32)
        lacking = self._early_points and state.epoch == 0 and state.step + steps >= early
        return affordable or lacking

    def _steps_in(self, seconds: float, apart: float, model: Model, pause_at: int | None) -> int:
        """Turn seconds into steps, from the last quantum's speed."""
        config, state = model.config, model.state
        if not self._seconds_a_step:
            step_work = config.parameters(model.dataset.info) * config.batch_size
            steps = min(FIRST_STEPS, int(FIRST_WORK / step_work))
        else:
            steps = min(int(seconds / self._seconds_a_step), MOST_GROWTH * self._last_steps)
        if self._pace:
            steps = min(steps, round(self._pace * apart))
        # Quanta end where states are kept: at powers of two and at epochs' ends. One that would end shortly before goes
        # on until there: a mean over the few mini-batches left would be a spike in the curve.
        in_epoch = steps_left_in_epoch(config, model.dataset, state)
        an_epoch = config.steps_per_epoch(model.dataset.info)
        if steps > an_epoch:
            steps -= (steps - in_epoch) % an_epoch
        end = min((1 << state.step.bit_length()) - state.step, in_epoch if steps <= an_epoch else steps)
        if end <= SHORTLY * steps:
            steps = end
        if pause_at is not None:
            steps = min(steps, pause_at - state.step)
        return max(steps, 1)

    def measure(self, before: TrainingState, result: QuantumResult, trip_seconds: float | None) -> None:
        """Learn from a quantum that came back; `before` is the state it started from.

        `trip_seconds` is how long it traveled to the worker and back; None if it also waited in line.
        """
        now = self._clock()
        training_seconds = sum(report.seconds for report in result.reports)
        self._last_steps = max(result.state.step - before.step, 1)
        self._seconds_a_step = training_seconds / self._last_steps
        if trip_seconds is not None:
            self._trips.append(trip_seconds)
        self._validation_budget += VALIDATION_SHARE * training_seconds
        if result.validation_seconds:
            self._validation_seconds = result.validation_seconds
            self._validation_budget -= result.validation_seconds
        if result.reports[-1].validation is not None:
            self._validated_step = result.state.step
        if not self._arrivals:
            self._first_arrival = now
        self._arrivals.append((now, result.state.examples))
        while len(self._arrivals) > 2 and now - self._arrivals[1][0] > SPEED_WINDOW_SECONDS:
            self._arrivals.popleft()
