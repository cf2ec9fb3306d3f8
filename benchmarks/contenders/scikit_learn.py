"""scikit-learn: MLPClassifier's own mini-batch loop, in float32.

One `partial_fit` is given all the steps' examples and cuts them into mini-batches itself. A call for each batch would
cost it about as much again for checking its arguments.
"""

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.contenders.task import Task, Weights


class Contender:
    def __init__(self, task: Task) -> None:
        config = task.config
        self.task = task
        self.x, self.y = task.pixels(np.float32), np.array(task.dataset.train.labels)
        self.network = MLPClassifier(
            config.hidden,
            solver=config.optimizer,
            alpha=0,
            batch_size=config.batch_size,
            learning_rate_init=config.learning_rate,
            shuffle=False,  # the batches come in the order of the task
            momentum=0,
            nesterovs_momentum=False,
            tol=0,
            n_iter_no_change=10**9,
        )
        # It draws its weights at the first call; put ours in their place, and let it make a fresh optimizer for them.
        some = slice(config.batch_size)
        self.network.partial_fit(self.x[some], self.y[some], classes=np.arange(task.dataset.info.classes))
        for index, (weights, biases) in enumerate(task.initial_weights(np.float32)):
            self.network.coefs_[index] = weights
            self.network.intercepts_[index] = biases
        del self.network._optimizer

    def train(self, steps: int) -> None:
        examples = self.task.batches(steps).reshape(-1)
        self.network.partial_fit(self.x[examples], self.y[examples])

    def weights(self) -> Weights:
        return list(zip(self.network.coefs_, self.network.intercepts_, strict=True))
