"""How many trials a minute a search makes, beside plain Optuna with PyTorch making the same on as many cores."""

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from benchmarks.crowd import CORES
from benchmarks.tables import table
from mlp.config import RunConfig
from mlp.engine import Engine
from mlp.engine.pool import LocalPool
from mlp.search.plan import SearchPlan
from mlp.search.searches import FINISHED, Searches
from mlp.search.space import read_space
from mlp.store import Store, new_token

ROOT = Path(__file__).resolve().parents[1]
SPACE = read_space(
    {
        "learning_rate": "0.001..0.1:log",
        "optimizer": "sgd,adam",
        "hidden": "32..256x1..2:log",
        "batch_size": "32..256:log",
        "dropout": "0..0.5",
    }
)
PLAN = SearchPlan(
    RunConfig(dataset="mnist", epochs=3), SPACE, trials=16, sampler="random", pruner="none", parallel=CORES
)


def ours(plan: SearchPlan) -> tuple[float, list[RunConfig], float]:
    """Return the seconds of a search with engine and store, what it tried, and the best validation accuracy."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mlp-trials-"))
        store = stack.enter_context(closing(Store(f"sqlite:///{folder}/runs.sqlite3")))
        engine = stack.enter_context(closing(Engine(lambda: LocalPool(CORES), store=store)))
        searches = stack.enter_context(closing(Searches(engine, store)))
        _seconds(searches, replace(plan, trials=2 * CORES, seconds=0.1))  # all is loaded
        seconds, search_id = _seconds(searches, plan)
        trials = searches.look(search_id).trials
        return seconds, [trial.config for trial in trials], max(trial.value for trial in trials)


def _seconds(searches: Searches, plan: SearchPlan) -> tuple[float, str]:
    started = monotonic()
    search_id = searches.begin(plan, new_token())
    while searches.look(search_id).status != FINISHED:
        sleep(0.02)
    return monotonic() - started, search_id


def theirs(plan: SearchPlan, configs: list[RunConfig], processes: int) -> tuple[float, float]:
    """Return the seconds of Optuna with PyTorch, as many threads or processes as cores, and the best accuracy."""
    shares = [[_parameters(config) for config in configs[place::processes]] for place in range(processes)]
    command = [sys.executable, "-m", "benchmarks.trials_pytorch", plan.base.dataset, str(plan.base.epochs)]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    begun: list[Any] = [
        subprocess.Popen([*command, json.dumps(share), str(CORES // processes)], **pipes) for share in shares
    ]
    for process in begun:
        assert process.stdout.readline() == "ready\n"
    started = monotonic()
    for process in begun:
        process.stdin.write("\n")
        process.stdin.flush()
    best = max(float(process.stdout.readline()) for process in begun)
    seconds = monotonic() - started
    for process in begun:
        process.communicate()
    return seconds, best


def _parameters(config: RunConfig) -> dict[str, Any]:
    units = {f"units_{place}": units for place, units in enumerate(config.hidden)}
    names = ("learning_rate", "optimizer", "batch_size", "dropout")
    return {name: getattr(config, name) for name in names} | units | {"layers": len(config.hidden)}


def main(quick: bool) -> str:
    """Measure, saying how it goes; return the report."""
    if not find_spec("torch"):
        return "PyTorch is not installed. `make bench` installs it."
    ways = {f"Optuna and PyTorch, {CORES} processes": CORES, f"Optuna and PyTorch, {CORES} threads": 1}
    rates: dict[str, list[float]] = {name: [] for name in ("this project", *ways)}
    found = dict.fromkeys(rates, 0.0)
    for seed in range(1 if quick else 3):
        plan = replace(PLAN, trials=2 * CORES) if quick else PLAN
        seconds, configs, best = ours(replace(plan, seed=seed))
        measured = {"this project": (seconds, best)} | {name: theirs(plan, configs, n) for name, n in ways.items()}
        for name, (seconds, best) in measured.items():
            rates[name].append(60 * len(configs) / seconds)
            found[name] = max(found[name], best)
            print(f"  {name}: {rates[name][-1]:.0f} trials a minute, the best {best:.2%}", flush=True)
    ours_first = rates["this project"]
    rows = [
        [
            name,
            f"{median(each):.0f}",
            f"{median(mine / other for mine, other in zip(ours_first, each, strict=True)):.2f}",
            f"{found[name]:.2%}",
        ]
        for name, each in rates.items()
    ]
    return table(["", "trials a minute", "ours ÷ theirs", "best validation accuracy"], rows)
