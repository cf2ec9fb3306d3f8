"""What a search costs beside the training of its trials, and what it gains by ending bad ones early."""

from dataclasses import replace
from statistics import mean
from time import thread_time

from threadpoolctl import threadpool_limits

from benchmarks.tables import table
from mlp import Model, RunConfig, initial_state, load_dataset
from mlp.datasets import Dataset
from mlp.search.plan import PRUNERS, SearchPlan
from mlp.search.search import Progress, Search, best_so_far
from mlp.search.space import read_space
from mlp.search.trial import Outcome, Trial, measured
from mlp.training import finished
from mlp.training.checkpoint import Status
from mlp.training.history import History
from mlp.training.quantum import train_quantum

SPACE = read_space(
    {
        "learning_rate": "0.0001..10:log",
        "optimizer": "sgd,adam",
        "hidden": "16..64x1..2:log",
        "batch_size": "32..256:log",
        "dropout": "0..0.5",
    }
)
TASK = SearchPlan(RunConfig(dataset="digits", epochs=16), SPACE, trials=40, pruner="none")
TRIAL = RunConfig(dataset="mnist", epochs=5)


def train(search: Search, trial: Trial, dataset: Dataset) -> None:
    """Train a trial to its end, or until the search ends it; its seconds are those of the processor."""
    config, history = trial.config, History()
    model = Model(config, dataset, initial_state(config, dataset))
    while trial.outcome is Outcome.RUNNING:
        started = thread_time()
        result = train_quantum(model, config.steps_per_epoch(dataset.info), False)
        model, seconds = replace(model, state=result.state), thread_time() - started
        search.seconds += seconds
        for report in result.reports:
            history.append(report)
        status = Status.FINISHED if finished(config, model.state) else Status.RUNNING
        status = Status.DIVERGED if result.reports[-1].diverged else status
        view = history.view()
        trial = search.see(trial.number, Progress(status, config, measured(search.plan, view, dataset), seconds))


def searched(plan: SearchPlan, most_seconds: float = float("inf"), enough: float = 2.0) -> Search:
    """Search one trial after the other, until a value is reached or the time is over."""
    search, dataset = Search(plan), load_dataset(plan.base.dataset)
    while search.wants_more and search.seconds < most_seconds:
        trial = search.begin_trial()
        assert trial
        train(search, trial, dataset)
        best = best_so_far(plan, search.trials)
        if best and best[-1].value >= enough:
            break
    return search


def overhead(trials: int) -> float:
    """Return the milliseconds of asking, pruning and telling for the last ten of some trials of 20 epochs."""
    search, spent = Search(replace(TASK, trials=trials, pruner="median")), 0.0
    for number in range(trials):
        started = thread_time()
        trial = search.begin_trial()
        assert trial
        for epoch in range(1, 21):
            values = {past: 1 - trial.config.learning_rate / past for past in range(1, epoch + 1)}
            status = Status.FINISHED if epoch == 20 else Status.RUNNING
            trial = search.see(trial.number, Progress(status, trial.config, values, 1.0))
            if trial.outcome is not Outcome.RUNNING:
                break
        if number >= trials - 10:
            spent += thread_time() - started
    return 1000 * spent / 10


def trial_seconds() -> float:
    """Return the seconds of the processor that an ordinary trial takes."""
    dataset, started = load_dataset(TRIAL.dataset), thread_time()
    train_quantum(Model(TRIAL, dataset, initial_state(TRIAL, dataset)), TRIAL.steps_per_epoch(dataset.info), False)
    return TRIAL.epochs * (thread_time() - started)


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    with threadpool_limits(1, user_api="blas"):
        return f"{_costs(quick)}\n\n{_gains(quick)}"


def _costs(quick: bool) -> str:
    whole, rows = trial_seconds(), []
    for trials in (20,) if quick else (20, 100, 500):
        spent = overhead(trials)
        rows.append([f"{trials:,}", f"{spent:.1f} ms", f"{spent / 1000 / whole:.2%}"])
        print(f"  trial {trials}: {spent:.1f} ms", flush=True)
    return table(["trial", "asking, pruning, telling", f"÷ a trial of {whole:.1f} s"], rows)


def _gains(quick: bool) -> str:
    seeds = range(1 if quick else 5)
    plain = [searched(replace(TASK, seed=seed)) for seed in seeds]
    rows = []
    for name, pruner in PRUNERS.items():
        if name == "none":
            continue
        shares: list[float] = []
        reached = 0
        for seed, before in zip(seeds, plain, strict=True):
            goal = best_so_far(TASK, before.trials)[-1].value
            plan = replace(TASK, seed=seed, pruner=name, trials=1000)
            search = searched(plan, before.seconds, goal)
            reached += best_so_far(plan, search.trials)[-1].value >= goal
            shares.append(min(search.seconds / before.seconds, 1.0))
        rows.append([pruner.label, f"{mean(shares):.2f}", f"{reached} of {len(seeds)}"])
        print(f"  {name}: {mean(shares):.2f} of the time", flush=True)
    return table(["pruning", "time to the unpruned search's best ÷ its whole time", "reached in that time"], rows)
