"""What `trials.py` compares with: plain Optuna whose trials PyTorch trains eagerly, one thread each.

Reads settings as JSON from its arguments, says when it is ready, begins when a line arrives, and says when it is done.
"""

import json
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import optuna
import torch

from mlp.datasets import load_dataset

MOST = 10**9  # of any number that is searched: which values are tried is given


def tensors(dataset: str, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    examples = load_dataset(dataset).split(split)
    inputs = examples.inputs.reshape(len(examples.inputs), -1).astype(np.float32) / 255
    return torch.from_numpy(inputs), torch.from_numpy(examples.labels.astype(np.int64))


def network(sizes: list[int], dropout: float) -> torch.nn.Sequential:
    layers: list[torch.nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.Dropout(dropout)]
    return torch.nn.Sequential(*layers[:-2])


def main(dataset: str, epochs: int, settings: list[dict[str, Any]], threads: int) -> None:
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    (x, y), (validation_x, validation_y) = tensors(dataset, "train"), tensors(dataset, "validation")
    study = optuna.create_study(direction="maximize")
    for each in settings:
        study.enqueue_trial(each)

    def accuracy(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("learning_rate", 0, MOST)
        kind = trial.suggest_categorical("optimizer", ["sgd", "adam"])
        batch = trial.suggest_int("batch_size", 1, MOST)
        dropout = trial.suggest_float("dropout", 0, 1)
        hidden = [trial.suggest_int(f"units_{place}", 1, MOST) for place in range(trial.suggest_int("layers", 1, 9))]
        model = network([x.shape[1], *hidden, 10], dropout)
        loss_of = torch.nn.CrossEntropyLoss()
        # Each in its fastest form, as in contenders/pytorch.py.
        parameters = model.parameters()
        optimizer = (
            torch.optim.SGD(parameters, lr=rate) if kind == "sgd" else torch.optim.Adam(parameters, lr=rate, fused=True)
        )
        value = 0.0
        for epoch in range(epochs):
            model.train()
            for rows in torch.randperm(len(x)).split(batch):
                optimizer.zero_grad()
                loss_of(model(x[rows]), y[rows]).backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                value = float((model(validation_x).argmax(1) == validation_y).float().mean())
            trial.report(value, epoch)
        return value

    print("ready", flush=True)
    sys.stdin.readline()
    study.optimize(accuracy, n_trials=len(settings), n_jobs=threads)
    print(study.best_value, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4]))
