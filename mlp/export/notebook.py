"""A run leaves as a Jupyter notebook: its script in parts, each with its idea and formulas, and charts at the end."""

import inspect
import json
import re
from collections.abc import Callable, Iterable
from typing import IO, Any

from mlp.config import SETTINGS
from mlp.datasets import REGRESSION
from mlp.export.run import ExportedRun
from mlp.export.script import CHECK, about, import_lines
from mlp.export.script_parts import is_downloaded, is_drawn, is_packed, parts_of, plain, takes_path
from mlp.export.script_story import Story, story_of
from mlp.network.averaging import move_toward
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS, Dense, Dropout
from mlp.network.limits import clip_to_norm, limit_norms
from mlp.network.normalization import BatchNormalization
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import PLATEAU, SCHEDULES
from mlp.text import counted

ARRAYS = "examples.npz"  # what the file of examples must be called


def write_notebook(run: ExportedRun, out: IO[bytes]) -> None:
    """Write the run as a notebook. Raises ExportError as `write_script` does."""
    story = story_of(run)
    parts, imports = parts_of(story)
    title, network, _ = about(story)
    imports |= {"import hashlib", "from pathlib import Path"} if takes_path(story.model.dataset) else {"import hashlib"}
    needed = "It needs the packages numpy and, for the charts, plotly."
    cells = [
        _text(f"# {_shown(title)}\n\n{_shown(network)}\n\n{needed}"),
        _code(f"{import_lines(imports)}\nimport plotly.graph_objects as go"),
    ]
    texts = _texts(story)
    for part in parts:
        cells += [_text(f"## {part.title}\n\n{texts[part.title]}"), _code(part.code)]
    place = 'Path(".")' if is_downloaded(story.model.dataset) else f'Path("{ARRAYS}")'
    given = place if takes_path(story.model.dataset) else ""
    cells += [
        _text("## Now it trains"),
        _code(f"examples = load({given})\nparameters, scores = train(examples)\n{CHECK}"),
        *_charts(story),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    out.write(json.dumps(notebook, ensure_ascii=False, indent=1).encode())


def _text(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    source = text.splitlines(keepends=True)
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None}


def _shown(text: str) -> str:
    """Return a plain text as Markdown shows it: what would be markup is escaped."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|$~&])", r"\\\1", text)


def _texts(story: Story) -> dict[str, str]:
    """Return what is said before each part of the script, as Markdown, by the part's title."""
    configs, info = [chapter.config for chapter in story.chapters], story.model.dataset.info
    first = configs[0]
    activations, initializer = _unique(ACTIVATIONS[name] for name in first.activations), INITIALIZERS[first.initializer]
    layers = [f"A dense layer weights its inputs and adds a bias: ${Dense.formula}$. Backward, the chain rule gives"]
    layers.append(
        r"$$\frac{\partial L}{\partial W} = x^\top \frac{\partial L}{\partial z}, \quad"
        r" \frac{\partial L}{\partial b} = \sum_\text{batch} \frac{\partial L}{\partial z}, \quad"
        r" \frac{\partial L}{\partial x} = \frac{\partial L}{\partial z} W^\top.$$"
    )
    if first.normalized_units:
        layers.append(
            "Batch normalization gives each hidden unit's sum mean 0 and variance 1 over the mini-batch, then a "
            f"learned scale and shift: ${BatchNormalization.formula}$. Predictions use running means instead."
        )
    if first.hidden:
        applied = ", or ".join(f"{activation.label}: ${activation.formula}$" for activation in activations)
        layers.append(f"Each hidden unit then applies {applied}{', by its layer' * (len(activations) > 1)}.")
    if any(config.dropout or config.input_dropout for config in configs):
        own = ", and $p$ by the layer" if any(isinstance(config.dropout, tuple) for config in configs) else ""
        layers.append(f"Dropout switches units off at random: ${Dropout.formula}$, with $m$ 0 or 1{own}.")
    rows = _unique(OPTIMIZERS[config.optimizer] for config in configs)
    rules = [f"**{row.label}**: {_about(row.update)}" for row in rows]
    schedules = _unique(
        SCHEDULES[config.schedule] for config in configs if config.schedule not in ("constant", PLATEAU)
    )
    rules += [f"**{_shown(row.label)}**: {_about(row.factor)}" for row in schedules]
    for name, function in (("clip_norm", clip_to_norm), ("max_norm", limit_norms), ("averaging", move_toward)):
        if any(getattr(config, name) for config in configs):
            rules.append(f"**{SETTINGS[name].label}**: {_about(function)}")
    loss = SQUARED if info.task == REGRESSION else CROSS_ENTROPY
    if any(config.label_smoothing for config in configs) and info.task != REGRESSION:
        loss += f"\n\n{SMOOTHED}"
    return {
        "The examples": _examples(story),
        "The layers": "\n\n".join(layers),
        "The loss": loss,
        "The optimizer": "\n\n".join(
            ["It turns the gradient $g$ into a step, and $\\theta \\leftarrow \\theta - \\text{step}$.", *rules]
        ),
        "The first weights": f"They are drawn at random, by the seed, with ${initializer.formula}$. Biases are 0.",
        "Augmentation": AUGMENTED,
        "Training": "Each epoch visits all examples once, in a new order, a mini-batch at a time: forward, loss, "
        "backward, step. The order comes from the seed and the number of the epoch alone, so the run is always the "
        "same.",
        "This run": "\n".join(_steps(story)),
        "The examples, packed": "They are compressed, and share this file's license: that of the data.",
    }


CROSS_ENTROPY = r"""The network's outputs $z$ become probabilities by softmax, and the loss is the cross-entropy of the
correct class $y$:

$$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \quad L = -\log p_y, \quad \frac{\partial L}{\partial z_k} = p_k - [k = y].$$"""

SMOOTHED = r"""With smoothed labels, $1 - \varepsilon$ of the target is the correct class, and $\varepsilon$ is shared
equally among all classes."""

AUGMENTED = r"""Each training image is changed at random, differently in each epoch, so that the network can't memorize
it. To find where a new pixel was in the old image, its place is stretched, slanted, turned and moved about the
center $c$,

$$p_\text{old} - c = R(\theta) \begin{pmatrix} 1 & s \\ 0 & 1 \end{pmatrix}
\begin{pmatrix} w & 0 \\ 0 & h \end{pmatrix} (p_\text{new} - c) + t,$$

and what is there is interpolated between four pixels."""

SQUARED = r"""The loss is half of the squared error of the output $z$, for the number $y$ to predict:

$$L = \tfrac{1}{2} (z - y)^2, \quad \frac{\partial L}{\partial z} = z - y.$$"""


def _examples(story: Story) -> str:
    dataset = story.model.dataset
    info, source = dataset.info, about(story)[2]
    if is_downloaded(dataset):
        needs = "They are downloaded into this notebook's folder, unless their files are there."
    elif is_packed(dataset):
        needs = "They are inside this notebook: share it as you would share the data."
    elif is_drawn(dataset):
        needs = "They are drawn at random."
    else:
        needs = f"Export the run as .npz, too, and put that file beside this notebook as {ARRAYS}."
    counts = f"{info.train:,} examples to learn from, and {info.validation:,} to see how well that went."
    return "\n\n".join(filter(None, (_shown(plain(info.description)), counts, needs, _shown(source))))


def _steps(story: Story) -> Iterable[str]:
    """Yield a line for each of the run's phases."""
    step = 0
    for chapter in story.chapters:
        begin = f"After step {step:,}" if step else "At first"
        changed = f", {_shown(plain(chapter.change))}" if chapter.change else ""
        config, label = chapter.config, OPTIMIZERS[chapter.config.optimizer].label
        yield (
            f"- {begin}{changed}: {counted(chapter.steps, 'step')} of {label}, with learning rate "
            f"{config.learning_rate * chapter.factor:g} and {counted(config.batch_size, 'example')} in a mini-batch."
        )
        step += chapter.steps


def _unique(functions: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(functions))


def _about(function: Callable[..., Any]) -> str:
    """Return what a function's docstring says of it, as Markdown."""
    return _shown(" ".join((inspect.getdoc(function) or "").split()))


def _charts(story: Story) -> list[dict[str, Any]]:
    """Return the cells that show what was learned."""
    info = story.model.dataset.info
    regression = info.task == REGRESSION
    score = "RMSE" if regression else "Accuracy"
    cells = [
        _text("## How well it went"),
        _code(f'''figure = go.Figure(go.Scatter(x=list(range(1, len(scores) + 1)), y=scores, mode="lines+markers"))
figure.update_layout(title="{score} on the validation set", xaxis_title="Epoch", yaxis_title="{score}")
figure'''),
    ]
    if regression:
        cells.append(
            _code("""outputs, truth = in_own_unit(predict(parameters, examples[2])[:, 0]), in_own_unit(examples[3])
figure = go.Figure(go.Scatter(x=truth, y=outputs, mode="markers"))
figure.update_layout(title="Predictions of the validation set", xaxis_title="True", yaxis_title="Predicted")
figure""")
        )
    else:
        cells.append(
            _code(f"""counts = np.zeros((SIZES[-1], SIZES[-1]), int)
np.add.at(counts, (examples[3], predict(parameters, examples[2]).argmax(axis=1)), 1)
names = {list(info.class_names)}
figure = go.Figure(go.Heatmap(x=names, y=names, z=counts, text=counts, texttemplate="%{{text}}", colorscale="Blues"))
figure.update_layout(title="Confusion matrix of the validation set")
figure.update_xaxes(title="Predicted class", type="category")
figure.update_yaxes(title="Actual class", type="category", autorange="reversed")
figure""")
        )
    if info.image_shape:
        rows, columns = info.image_shape
        cells += [
            _text("What the first units look for: their weights, as images. Blue is positive, red is negative."),
            _code(f"""weights, _ = next(split_parameters(parameters, SIZES))
units = np.pad(weights.T.reshape(-1, {rows}, {columns}), ((0, 0), (1, 1), (1, 1)))
wide = min(10, len(units))
lines = [np.concatenate(list(units[first : first + wide]), axis=1) for first in range(0, len(units) - wide + 1, wide)]
reach = float(np.abs(weights).max())
figure = go.Figure(go.Heatmap(z=np.concatenate(lines[:4]), colorscale="RdBu", zmin=-reach, zmax=reach))
figure.update_layout(title="Weights of the first layer")
figure.update_xaxes(visible=False, constrain="domain")
figure.update_yaxes(visible=False, autorange="reversed", scaleanchor="x")
figure"""),
        ]
    if is_drawn(story.model.dataset) and not regression:
        cells += [
            _text("What the network answers at each point of the plane."),
            _code(f"""side = np.linspace(-1.2, 1.2, 81, dtype=np.float32)
plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
inputs = np.empty((len(plane), SIZES[0]), np.float32)
write_features({info.features}, plane, inputs)
classes = predict(parameters, inputs).argmax(axis=1).reshape(81, 81)
figure = go.Figure(go.Heatmap(x=side, y=side, z=classes, opacity=0.4, showscale=False))
figure.update_layout(title="Predicted class", xaxis_title="x", yaxis_title="y")
figure"""),
        ]
    return cells
