"""Networks that tests of the command line save, and give to it."""

from pathlib import Path

from mlp import Model, RunConfig, load_dataset
from mlp.export import FORMATS, ExportedRun
from tests.tables import trained

DIGITS = trained(RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits"), 300)


def saved(model: Model, name: str = "network.safetensors") -> Path:
    path = Path(name)
    FORMATS["safetensors"].save(ExportedRun(model), path)
    return path
