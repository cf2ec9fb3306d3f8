"""`mlp evaluate` measures a network on one split of a data set."""

from argparse import Namespace

from mlp.cli.arguments import UsageError
from mlp.cli.networks import model_on, opened
from mlp.datasets import REGRESSION, Dataset, load_dataset
from mlp.export.opening import OpenedNetwork
from mlp.inspection.regression import target_scales
from mlp.text import counted, score
from mlp.training import evaluate


def evaluation(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError or DatasetError if it can't be done."""
    network = opened(arguments.file)
    dataset = _dataset(network, arguments.dataset)
    model = model_on(network, dataset, arguments.activation)
    found = evaluate(model.config, dataset, model.state, arguments.split)
    if dataset.info.task == REGRESSION:
        target = target_scales(dataset)[arguments.split]
        reached = f"R² {score(target.r_squared(found.loss))}, RMSE {target.rmse(found.loss):.4g}"
    else:
        reached = f"accuracy {found.accuracy:.2%}, loss {found.loss:.4g}"
    count = counted(len(dataset.split(arguments.split).labels), "example")
    return f"{dataset.info.label}, {arguments.split} set, {count}: {reached}"


def _dataset(network: OpenedNetwork, name: str) -> Dataset:
    """Return the data to evaluate on: what the network was trained on, if no other is named."""
    said = network.description
    if not name and not said:
        raise UsageError("The file doesn't say what it was trained on. Name the data with --dataset.")
    dataset = load_dataset(name or (said.info.name if said else ""))
    prepared = dataset.table.preprocessing if dataset.table else None
    if said and said.preprocessing != prepared:
        raise UsageError(
            f"The columns of {dataset.info.label} become inputs in another way than those that the network was trained "
            "with. Predict its rows instead, from a file of the table."
        )
    return dataset
