"""PyTorch, eager: a module, an optimizer, and a loop that indexes tensors in memory."""

from itertools import pairwise

import numpy as np
import torch

from benchmarks.contenders.task import Task, Weights


class Contender:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.x = torch.from_numpy(task.pixels(np.float32))
        self.y = torch.from_numpy(task.dataset.train.labels.astype(np.int64))
        layers: list[torch.nn.Module] = []
        for inputs, outputs in pairwise(task.sizes):
            layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
        self.network = torch.nn.Sequential(*layers[:-1])
        with torch.no_grad():
            for layer, (weights, biases) in zip(layers[::2], task.initial_weights(np.float32), strict=True):
                layer.weight.copy_(torch.from_numpy(weights.T))
                layer.bias.copy_(torch.from_numpy(biases))
        self.loss = torch.nn.CrossEntropyLoss()
        parameters, rate = self.network.parameters(), task.config.learning_rate
        # Each in its fastest form here: fused Adam takes a quarter less time, fused SGD a tenth more.
        self.optimizer = {
            "sgd": lambda: torch.optim.SGD(parameters, lr=rate),
            "adam": lambda: torch.optim.Adam(parameters, lr=rate, fused=True),
        }[task.config.optimizer]()
        self.total_loss = torch.zeros(())

    def train(self, steps: int) -> None:
        for batch in torch.from_numpy(self.task.batches(steps)):
            loss = self.loss(self.network(self.x[batch]), self.y[batch])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.total_loss += loss.detach()

    def weights(self) -> Weights:
        return [
            (layer.weight.detach().numpy().T, layer.bias.detach().numpy())
            for layer in self.network
            if isinstance(layer, torch.nn.Linear)
        ]
