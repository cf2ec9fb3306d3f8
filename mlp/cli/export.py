"""`mlp export` writes a run's network to a file in any of the formats."""

from argparse import Namespace
from pathlib import Path

from mlp.cli.arguments import UsageError
from mlp.cli.keeping import at, format_of, save
from mlp.cli.networks import run_called
from mlp.cli.paths import check_writable, shown
from mlp.export import FORMATS
from mlp.text import not_one_of


def export(arguments: Namespace) -> str:
    """Carry out the command; return what to print. Raises UsageError if it can't be done."""
    if arguments.run is None:
        return "\n".join(f"{name:<12} {form.label}" for name, form in FORMATS.items())
    path: Path | None = arguments.output
    if arguments.to is not None and arguments.to not in FORMATS:
        raise UsageError(not_one_of("format", arguments.to, FORMATS))
    if path is not None:
        check_writable("--output", path)
    if arguments.to is not None:
        form = FORMATS[arguments.to]
    else:
        form = FORMATS["safetensors"] if path is None else format_of(path)
    run = at(arguments.at, run_called(arguments.run))
    path = path or Path(form.file_name(run))
    save("--output", run, form, path)
    sizes = "–".join(map(str, run.model.sizes))
    return f"Wrote {shown(path)}, of the network {sizes} after step {run.state.step:,}."
