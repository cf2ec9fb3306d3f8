"""This project: `advance`, with everything it reports."""

from benchmarks.contenders.task import Task, Weights
from mlp.network.network import split_parameters
from mlp.training import advance, initial_state


class Contender:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.state = initial_state(task.config, task.dataset)

    def train(self, steps: int) -> None:
        self.state, _ = advance(self.task.config, self.task.dataset, self.state, steps)

    def weights(self) -> Weights:
        return list(split_parameters(self.state.parameters, self.task.sizes))
