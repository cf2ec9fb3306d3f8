"""Turns go round by browser, then by run, and no more quanta are handed out than workers can soon train."""

from collections import Counter
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from mlp.engine import Engine
from mlp.engine.engine import AHEAD
from mlp.engine.run import Listener, Run
from mlp.engine.turns import Turns
from mlp.training.quantum import train_quantum
from tests.engine.test_run import CONFIG
from tests.waiting import wait_until


def test_turns_go_round_by_owner_and_then_by_run() -> None:
    greedy = [Run(CONFIG, listener=Listener("greedy")) for _ in range(5)]
    others = [Run(CONFIG, listener=Listener(owner)) for owner in ("one", "two")]
    everyone, turns = [*greedy, *others], Turns()
    taken = [run for _ in range(5) for most in (1, 2) for run in turns.take(everyone, everyone, most)]
    assert Counter(run.owner for run in taken) == {"greedy": 5, "one": 5, "two": 5}
    assert {taken.count(run) for run in greedy} == {1}
    assert turns.take(everyone, everyone, most=-1) == []


class Held:
    """A pool whose one worker does what it is told, when it is told."""

    workers, trouble = 1, ""

    def __init__(self) -> None:
        self.line: list[tuple[Any, Future[Any]]] = []

    def submit(self, function: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.line.append((arguments, future))
        return future

    def warm_up(self, dataset: str) -> None:
        """Do nothing."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Do nothing."""


def test_one_browsers_many_runs_leave_another_browser_its_share() -> None:
    pool = Held()
    engine = Engine(pool=lambda: pool)
    tokens = ["greedy"] * 5 + ["modest"]
    runs = [engine.open(replace(CONFIG, epochs=1000, seed=seed), token) for seed, token in enumerate(tokens)]
    for run in runs:
        run.start()
    trained: Counter[str] = Counter()
    for _ in range(12):
        wait_until(lambda: len(pool.line) >= AHEAD)
        assert len(pool.line) == AHEAD
        quantum, future = pool.line.pop(0)
        trained[tokens[quantum[0].config.seed]] += 1
        future.set_result(train_quantum(quantum[0], 1, False))
    engine.close()
    assert trained["modest"] >= 5
    assert trained["greedy"] >= 5
