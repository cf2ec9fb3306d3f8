"""`mlp evaluate` measures networks of files or stored runs on one split of a data set, several also together."""

from argparse import Namespace
from pathlib import Path

from mlp.cli.arguments import UsageError
from mlp.cli.keeping import at
from mlp.cli.networks import is_file, on_data, opened, run_called
from mlp.cli.paths import shown
from mlp.datasets import REGRESSION
from mlp.inspection.ensemble import ensemble
from mlp.inspection.regression import reached
from mlp.text import counted, percent, quoted, short
from mlp.training import Model, evaluate


def evaluation(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError or DatasetError if it can't be done."""
    models = [_network(name, arguments) for name in arguments.networks]
    dataset, split = models[0].dataset, arguments.split
    measured = f"{dataset.info.label}, {split} set, {counted(len(dataset.split(split).labels), 'example')}"
    if len(models) == 1:
        found = evaluate(models[0].config, dataset, models[0].state, split)
        return f"{measured}: {reached(dataset, split, found, with_loss=True)}"
    names = [shown(Path(name)) for name in arguments.networks]
    try:
        all_of_them = ensemble(models, names, split)
    except ValueError as error:
        raise UsageError(str(error)) from error
    apart = f"they disagree on {percent(all_of_them.disagreement)}"
    if dataset.info.task == REGRESSION:
        apart = f"their numbers differ by {short(all_of_them.disagreement)} on average"
    lines = [*zip(names, all_of_them.members, strict=True), ("together", all_of_them.together)]
    each = [f"{name}: {reached(dataset, split, one, with_loss=True)}" for name, one in lines]
    return "\n".join([f"{measured}:", *each, apart])


def _network(name: str, arguments: Namespace) -> Model:
    """Return the network of a file, or that of a stored run at the place that is asked for."""
    if not is_file(name):
        if arguments.dataset or arguments.activation:
            raise UsageError(
                f"{quoted(name)} is no file, but --dataset and --activation are for files. Leave them out."
            )
        return at(arguments.at, run_called(name)).model
    if arguments.at != "final":
        raise UsageError(f"{quoted(name)} is a file, with one state alone. Leave out --at, or name stored runs.")
    return on_data(opened(Path(name)), arguments.dataset, arguments.activation)
