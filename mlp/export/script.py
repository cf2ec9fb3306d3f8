"""A run leaves as one Python file that trains it again, with numpy alone, to the same parameters.

Its text is made of this program's own sources: those of the layers, the loss, the optimizer and whatever else the run
used. So it can't fall behind them, and only has what the run used: about 200 lines, at most 250 with any one setting
but batch normalization and augmentation. They add up to 110 lines, and GELU, averaging, dropout, AdamW and class
weights 14 to 29 each: a run that combines them, or whose settings were changed many times, has a longer script. So
have all where OpenBLAS leaves small products unpacked (AVX-512): 36 lines cut products as training does.
"""

import platform
import textwrap
from typing import IO

import numpy as np

from mlp.config import SETTINGS
from mlp.export.run import ExportedRun, ExportError
from mlp.export.script_parts import (
    WIDTH,
    is_downloaded,
    is_drawn,
    is_packed,
    parts_of,
    plain,
    takes_path,
    write_examples,
)
from mlp.export.script_story import Story, story_of
from mlp.text import counted

# BLAS libraries look once, when numpy is imported.
THREADS = """os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")"""

CHECK = """same = hashlib.sha256(parameters.tobytes()).hexdigest() == EXPECTED
print(f"The parameters are {'the same as' if same else 'not the same as'} the run's, to the last bit.")"""


def why_not_script(run: ExportedRun) -> str:
    """Return why a run can't be trained again from its story, if it can't."""
    try:
        story_of(run)
    except ExportError as error:
        return str(error)
    return ""


def write_script(run: ExportedRun, out: IO[bytes]) -> None:
    """Write the run as a script. Raises ExportError for a run whose story is not known, or is more than training."""
    story = story_of(run)
    parts, imports = parts_of(story)
    imports |= {"import hashlib"}
    if takes_path(story.model.dataset):
        imports |= {"import argparse", "from pathlib import Path"}
    head = f'"""{_head(story)}\n"""\n\n{import_lines(imports)}'
    pieces = [head, *(f"# ── {part.title} ──\n{part.code}" for part in parts), _end(story)]
    out.write(("\n\n".join(pieces) + "\n").encode())


def why_not_arrays(run: ExportedRun) -> str:
    """Return that there are no examples, if a network comes without any."""
    return "" if len(run.model.dataset.train.labels) else "This network comes without examples. Export its run."


def write_arrays(run: ExportedRun, out: IO[bytes]) -> None:
    """Write the examples as a script reads them, if they are too many to be inside it."""
    write_examples(run.model.dataset, out)


def import_lines(statements: set[str]) -> str:
    """Return the imports, those from one module in one line, and numpy's after the number of threads is set."""
    named: dict[str, list[str]] = {}
    for statement in sorted({"import os", *statements} - {"import numpy as np"}):
        module, _, name = statement.rpartition(" import ")
        named.setdefault(module, []).append(name.removeprefix("import "))
    plain = [f"import {name}" for name in named.pop("")]
    lines = [*plain, *(f"{module} import {', '.join(names)}" for module, names in named.items())]
    return "\n".join([*lines, "", f"{THREADS}  # sums in one order", "", "import numpy as np  # noqa: E402"])


def _head(story: Story) -> str:
    """Return what the script says about itself."""
    dataset = story.model.dataset
    title, network, source = about(story)
    if is_downloaded(dataset):
        needs = "The examples are downloaded, unless their files are beside this one or in the folder after --data."
    elif is_packed(dataset):
        needs = "The examples are inside this file: share it as you would share the data."
    elif takes_path(dataset):
        needs = "It needs the examples: export the run as .npz, too, and write --data and the name of that file."
    else:
        needs = "The examples are drawn at random."
    first = textwrap.fill(f"{title}, with numpy alone.", WIDTH)
    return "\n\n".join([first, textwrap.fill(network, WIDTH), textwrap.fill(f"{needs} {source}", WIDTH)])


def about(story: Story) -> tuple[str, str, str]:
    """Return what is trained again, how that ends, and where the examples come from, as plain text."""
    model, name = story.model, plain(story.run.name)
    info, layers = model.dataset.info, " → ".join(map(str, model.sizes))
    run = f"the run '{name}'" if name else "a run"
    hidden = f", {SETTINGS['activation'].show(model.config.activation)}" if model.config.hidden else ""
    comes_from = f"{info.source[:1].upper()}{info.source[1:].rstrip('.')}. " * bool(info.source)
    return (
        f"{plain(info.label)}: {run} of a multilayer perceptron, trained again",
        f"The network has {layers} units{hidden}; it is trained for {counted(story.steps, 'step')}. On the machine of "
        f"the run, with numpy {np.__version__} ({platform.machine()}), its parameters become the same to the last bit.",
        "" if is_drawn(model.dataset) else plain(comes_from + f"License: {info.license}." * bool(info.license)),
    )


def _end(story: Story) -> str:
    lines = ['if __name__ == "__main__":']
    given = ""
    if takes_path(story.model.dataset):
        folder = is_downloaded(story.model.dataset)
        place, option = ("FOLDER", "default=Path(__file__).parent") if folder else ("FILE", "required=True")
        lines += [
            "    parser = argparse.ArgumentParser()",
            f'    parser.add_argument("--data", type=Path, {option}, metavar="{place}")',
        ]
        given = "parser.parse_args().data"
    return "\n".join([*lines, textwrap.indent(f"parameters, scores = train(load({given}))\n{CHECK}", " " * 4)])
