"""`mlp evaluate` measures saved networks on one split of a data set, several of them also together."""

from argparse import Namespace

from mlp.cli.arguments import UsageError
from mlp.cli.networks import on_data, opened
from mlp.cli.paths import shown
from mlp.datasets import REGRESSION, Dataset
from mlp.inspection.ensemble import ensemble
from mlp.inspection.regression import target_scales
from mlp.text import counted, score, short
from mlp.training import Evaluation, evaluate


def evaluation(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError or DatasetError if it can't be done."""
    models = [on_data(opened(file), arguments.dataset, arguments.activation) for file in arguments.files]
    dataset, split = models[0].dataset, arguments.split
    measured = f"{dataset.info.label}, {split} set, {counted(len(dataset.split(split).labels), 'example')}"
    if len(models) == 1:
        found = evaluate(models[0].config, dataset, models[0].state, split)
        return f"{measured}: {_reached(found, dataset, split)}"
    names = [shown(file) for file in arguments.files]
    try:
        all_of_them = ensemble(models, names, split)
    except ValueError as error:
        raise UsageError(str(error)) from error
    apart = f"they disagree on {all_of_them.disagreement:.1%}"
    if dataset.info.task == REGRESSION:
        apart = f"their numbers differ by {short(all_of_them.disagreement)} on average"
    lines = [*zip(names, all_of_them.members, strict=True), ("together", all_of_them.together)]
    return "\n".join([f"{measured}:", *(f"{name}: {_reached(one, dataset, split)}" for name, one in lines), apart])


def _reached(found: Evaluation, dataset: Dataset, split: str) -> str:
    if dataset.info.task == REGRESSION:
        target = target_scales(dataset)[split]
        return f"R² {score(target.r_squared(found.loss))}, RMSE {target.rmse(found.loss):.4g}"
    return f"accuracy {found.accuracy:.2%}, loss {found.loss:.4g}"
