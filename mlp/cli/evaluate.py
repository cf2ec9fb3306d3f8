"""`mlp evaluate` measures a saved network on one split of a data set."""

from argparse import Namespace

from mlp.cli.networks import on_data, opened
from mlp.datasets import REGRESSION
from mlp.inspection.regression import target_scales
from mlp.text import counted, score
from mlp.training import evaluate


def evaluation(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError or DatasetError if it can't be done."""
    model = on_data(opened(arguments.file), arguments.dataset, arguments.activation)
    info, examples = model.dataset.info, model.dataset.split(arguments.split)
    found = evaluate(model.config, model.dataset, model.state, arguments.split)
    if info.task == REGRESSION:
        target = target_scales(model.dataset)[arguments.split]
        reached = f"R² {score(target.r_squared(found.loss))}, RMSE {target.rmse(found.loss):.4g}"
    else:
        reached = f"accuracy {found.accuracy:.2%}, loss {found.loss:.4g}"
    return f"{info.label}, {arguments.split} set, {counted(len(examples.labels), 'example')}: {reached}"
