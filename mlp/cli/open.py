"""`mlp open` puts a saved network into the store: a run to look at, to test, to fork and to train on."""

from argparse import Namespace

from mlp.cli.keeping import Keeper
from mlp.cli.networks import on_data, opened
from mlp.training.checkpoint import Checkpoint, begun_with


def put_in_store(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError or DatasetError if it can't be done."""
    model = on_data(opened(arguments.file), arguments.dataset, arguments.activation)
    keeper = Keeper(Checkpoint(model), arguments.name or arguments.file.stem)
    return keeper.close(begun_with(model))
