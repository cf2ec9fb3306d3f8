"""The parts of a script: examples, layers, loss, optimizer, training, and the run itself."""

import base64
import hashlib
import io
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import ModuleType
from typing import IO, Any, NamedTuple

import numpy as np

from mlp.config import RunConfig
from mlp.datasets import DATASETS, REGRESSION, Dataset, DatasetInfo, Recipe, features, points, recipes
from mlp.datasets.dataset import Target
from mlp.datasets.recipes import standard_points
from mlp.export import script_data, script_training
from mlp.export.script_sources import Sources, argument, definition
from mlp.export.script_story import Chapter, Story
from mlp.network import class_weights, initializers, layers, losses, normalization, optimizers, products, schedules
from mlp.network.class_weights import CLASS_WEIGHTS
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS, Array
from mlp.network.normalization import DECAY
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import PLATEAU, SCHEDULES
from mlp.run_settings import AUGMENTATION
from mlp.training import augmentation, inputs_of
from mlp.training.augmentation import background_of

WIDTH = 120
MOST_PACKED = 250_000  # bytes of examples inside a script, before they are compressed
OPTIONAL = (  # settings with code that not every script has
    "moments",
    "schedule",
    "l1",
    "l2",
    "dropout",
    "input_dropout",
    "class_weights",
    "label_smoothing",
    "clip_norm",
    "max_norm",
    "batch_norm",
    "averaging",
    "begins_average",
    "augmented",
    "elastic",
    "pixel_noise",
    "cutout",
)


class Part(NamedTuple):
    """Some of a script's code, and what it is about."""

    title: str
    code: str


def parts_of(story: Story) -> tuple[list[Part], set[str]]:
    """Return a script's parts, and the imports that they need."""
    configs, dataset = [chapter.config for chapter in story.chapters], story.model.dataset
    sources = _sources(story)
    parts = [Part("The examples", _examples(sources, dataset))]

    sources.add(layers, "Dense", *_activations(configs[0]))
    if any(config.dropout or config.input_dropout for config in configs):
        sources.add(layers, "Dropout")
    if configs[0].normalized_units:
        sources.add(normalization, "BatchNormalization")
    parts.append(Part("The layers", sources.taken()))

    sources.add(*_gradient(dataset))
    if used := _called(_weighting(config, dataset) for config in configs):
        sources.add(class_weights, *used)
        sources.add(script_training, "weighted_gradient")
    sources.add(script_training, _score(dataset))
    parts.append(Part("The loss", sources.taken()))

    sources.add(script_training, "Phase")
    sources.add(optimizers, *_called(OPTIMIZERS[config.optimizer].update for config in configs))
    sources.add(schedules, *_called(_factor(config) for config in configs))
    parts.append(Part("The optimizer", sources.taken()))

    sources.add(initializers, INITIALIZERS[configs[0].initializer].draw.__name__)
    sources.add(script_training, "first_parameters")
    parts.append(Part("The first weights", sources.taken()))

    if any(config.augmentations for config in configs):
        sources.add(augmentation, "augmented")
        parts.append(Part("Augmentation", sources.taken()))

    sources.add(script_training, "train")
    parts.append(Part("Training", sources.taken()))
    parts.append(Part("This run", _chosen(story)))
    if is_packed(dataset):
        packed = io.BytesIO()
        write_examples(dataset, packed)
        parts.append(Part("The examples, packed", f'EXAMPLES = "{base64.b85encode(packed.getvalue()).decode()}"'))
    return parts, sources.imports


def _activations(config: RunConfig) -> list[str]:
    """Return the name of the class of each hidden layer's activation, or of all of them."""
    return [ACTIVATIONS[name].__name__ for name in config.activation.split(".")]


def _called(functions: Iterable[Callable[..., Any] | None]) -> list[str]:
    """Return what functions are called, each once."""
    return list(dict.fromkeys(function.__name__ for function in functions if function))


def _gradient(dataset: Dataset) -> tuple[ModuleType, str]:
    """Return where the gradient of the loss is written, and its name."""
    if dataset.info.task == REGRESSION:
        return script_training, "grad_squared_error"
    return losses, "grad_softmax_crossentropy_with_logits"


def _score(dataset: Dataset) -> str:
    return "rmse" if dataset.info.task == REGRESSION else "accuracy"


def _weighting(config: RunConfig, dataset: Dataset) -> Callable[[Array], Array] | None:
    """Return what weights the classes, None if nothing does."""
    return None if dataset.info.task == REGRESSION else CLASS_WEIGHTS[config.class_weights].of


def _factor(config: RunConfig) -> Callable[[float], float] | None:
    """Return what changes the learning rate during training, None if nothing does."""
    return None if config.schedule in ("constant", PLATEAU) else SCHEDULES[config.schedule].factor


def _sources(story: Story) -> Sources:
    """Return what gathers this run's sources: without settings that it never uses, and with its rows of the tables."""
    info, phases = story.model.dataset.info, _phases(story)
    used = {name for name in phases[0] if any(phase[name] for phase in phases)}
    config = story.chapters[0].config
    activation = ", ".join(_activations(config))
    if len(_activations(config)) > 1:  # the layers so far end with the dense one that it follows
        activation = f"({activation})[sum(isinstance(each, Dense) for each in layers) - 1]"
    substitutes = {
        "(Layer):": ":",
        "hyper: Hyperparameters": "hyper: Phase",
        "ACTIVATION": activation,
        "INITIALIZER": INITIALIZERS[config.initializer].draw.__name__,
        "GRADIENT": _gradient(story.model.dataset)[1],
        "SCORE {scores[-1]:.4f}": "RMSE {scores[-1]:.4g}" if info.task == REGRESSION else "accuracy {scores[-1]:.4f}",
        "SCORE": _score(story.model.dataset),
    }
    if _has_own_dropouts(story):
        of_layer = "phase.dropout[sum(isinstance(each, Dense) for each in layers) - 1]"
        one = "if phase.dropout:\n                layers.append(Dropout(phase.dropout, "
        own = f"if phase.dropout and (chance := {of_layer}):\n                layers.append(Dropout(chance, "
        substitutes[one] = own
    unlike = ", ".join(f"{name}=0" for name in ("dropout", "batch_norm") if name in used)
    substitutes["Phase(dropout=0, batch_norm=0)"] = f"Phase({unlike})"
    substitutes["aligned_copy("] = "np.array("
    if not {"averaging", "batch_norm"} & used:
        substitutes["answering(parameters, average, phase)"] = "parameters"
    if "averaging" not in used:
        substitutes["average, gradient, scratch = parameters, "] = "gradient, scratch = "
        substitutes["answering(parameters: Array, average: Array, "] = "answering(parameters: Array, "
        substitutes["answering(parameters, average, "] = "answering(parameters, "
    if products.leaves_small_ones_unpacked():
        substitutes[" or not leaves_small_ones_unpacked()"] = ""
    else:
        substitutes["matmul("] = "np.matmul("
    if recipe := _generated(story.model.dataset):
        table = "SURFACES" if info.task == REGRESSION else "SHAPES"
        height = argument(recipes if info.task == REGRESSION else points, table, recipe.shape, 1)
        substitutes[f"{table}[surface].height"] = f"({height})"
        substitutes[f"{table}[shape].draw"] = height
        rows = (f'    "{name}": {argument(features, "FEATURES", name, 1)},\n' for name in recipe.features)
        substitutes[definition(features, "FEATURES")] = f"FEATURES = {{\n{''.join(rows)}}}"
        substitutes["FEATURES[name].of("] = "FEATURES[name]("
    given = ("SIZES", "SEED", "SHAPE", "BACKGROUND", "MEAN", "SCALE", "PHASES")
    return Sources(substitutes, set(OPTIONAL) - used, given)


def _has_own_dropouts(story: Story) -> bool:
    """Return whether hidden layers have dropouts of their own, at least for some steps."""
    return any(isinstance(chapter.config.dropout, tuple) for chapter in story.chapters)


def _generated(dataset: Dataset) -> Recipe | None:
    """Return the recipe of points that a script draws itself; None for other examples."""
    name = dataset.info.name
    if not dataset.info.features:
        return None
    recipe = standard_points(name) if name in DATASETS else Recipe.read(name)
    return None if recipe.own else recipe


def is_drawn(dataset: Dataset) -> bool:
    """Return whether a script draws the examples at random."""
    return _generated(dataset) is not None


def is_downloaded(dataset: Dataset) -> bool:
    """Return whether a script gets the examples from where this program got them."""
    return bool(dataset.info.mirrors)


def is_packed(dataset: Dataset) -> bool:
    """Return whether a script brings the examples with it."""
    small = dataset.train.inputs.nbytes + dataset.validation.inputs.nbytes <= MOST_PACKED
    return small and not is_downloaded(dataset) and not is_drawn(dataset)


def takes_path(dataset: Dataset) -> bool:
    """Return whether a script must be told where the examples are, or may be."""
    return is_downloaded(dataset) or not (is_packed(dataset) or is_drawn(dataset))


def write_examples(dataset: Dataset, out: IO[bytes]) -> None:
    """Write the examples as a script reads them: arrays of numpy, before they are scaled; of points, the features."""
    splits = {"train": dataset.train, "validation": dataset.validation}
    arrays: dict[str, Array] = {}
    for name, split in splits.items():
        arrays[f"{name}_inputs"] = inputs_of(dataset, split.inputs) if dataset.info.features else split.inputs
        arrays[f"{name}_labels"] = split.labels
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]


def _examples(sources: Sources, dataset: Dataset) -> str:
    """Return the code of `load`, after that of what it uses."""
    info, scale = dataset.info, scale_text(dataset.info.scale)
    if recipe := _generated(dataset):
        sources.add(features, "write_features")
        noise, seed = recipe.noise, recipe.seed
        if info.task == REGRESSION:
            sources.add(recipes, "make_heights")
            drawn = f'make_heights("{recipe.shape}", points={recipe.points}, noise={noise}, seed={seed})'
        else:
            sources.add(points, "make_points")
            drawn = f'make_points("{recipe.shape}", {recipe.points}, {noise}, classes={recipe.classes}, seed={seed})'
        code = f'''
            def load() -> list[Array]:
                """Draw points, and return the first for training, and the next for validation."""
                points = {drawn}
                inputs = np.empty((len(points.inputs), {len(info.features)}), np.float32)
                write_features({info.features}, points.inputs, inputs)
                return {_parted(info, "inputs", "points.labels")}'''
    elif is_downloaded(dataset):
        sources.add(script_data, "read_idx", "scaled")
        images, labels = info.files[:2]
        code = f'''
            def load(folder: Path) -> list[Array]:
                """Return the first examples for training, and the next ones for validation."""
                mirror = "{info.mirrors[0]}"
                images = read_idx(folder, "{images.name}", "{images.sha256}", mirror)
                labels = read_idx(folder, "{labels.name}", "{labels.sha256}", mirror)
                inputs = scaled(images, {scale})
                return {_parted(info, "inputs", "labels")}'''
    elif is_packed(dataset):
        sources.add(script_data, "read_arrays")
        sources.imports |= {"import base64", "import io"}
        code = f'''
            def load() -> list[Array]:
                """Return the examples that this file brings with it."""
                return read_arrays(io.BytesIO(base64.b85decode(EXAMPLES)), {scale})'''
    else:
        sources.add(script_data, "read_arrays")
        code = f'''
            def load(file: Path) -> list[Array]:
                """Return the examples of a file of numpy's arrays."""
                return read_arrays(file, {scale})'''
    return f"{sources.taken()}\n\n{textwrap.dedent(code).strip()}"


def _parted(info: DatasetInfo, inputs: str, labels: str) -> str:
    """Return the code for the examples to train on and, of those that follow, the ones to validate with."""
    end = info.train + info.validation
    parts = (f"{inputs}{{0}}, {labels}{{0}}".format(rows) for rows in (f"[:{info.train}]", f"[{info.train}:{end}]"))
    return f"[{', '.join(parts)}]"


def scale_text(scale: float) -> str:
    """Return the number as it is read best."""
    whole = round(1 / scale)
    return f"1 / {whole}" if whole != 1 and 1 / whole == scale else repr(scale)


def _chosen(story: Story) -> str:
    """Return the code of what a person chose."""
    dataset = story.model.dataset
    lines = [f"SIZES = {story.model.sizes}", f"SEED = {story.model.config.seed}"]
    if any(chapter.config.augmentations for chapter in story.chapters):
        lines.append(f"SHAPE, BACKGROUND = {dataset.info.image_shape}, {background_of(dataset)}")
    if dataset.info.task == REGRESSION:
        target = dataset.info.target or Target("")
        lines.append(f"MEAN, SCALE = {target.mean}, {target.scale}  # of the targets to learn from")
    lines.append("PHASES = [")
    step = 0
    for chapter, settings in zip(story.chapters, _phases(story), strict=True):
        if chapter.change:
            lines.append(f"    # After step {step}: {plain(chapter.change)}")
        step += chapter.steps
        values = ", ".join(f"{name}={value}" for name, value in settings.items())
        lines += textwrap.wrap(f"Phase({values}),", WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 10)
    answering = replace(story.model, config=story.chapters[-1].config).parameters
    digest = hashlib.sha256(np.ascontiguousarray(answering).tobytes()).hexdigest()
    lines += ["]", f'EXPECTED = "{digest}"  # SHA-256 of the run\'s parameters']
    return "\n".join(lines)


def _phases(story: Story) -> list[dict[str, Any]]:
    """Return what each phase is made with: the settings that any of them uses, None if this one doesn't."""
    phases, after, before = [], 0, 0.0
    for chapter in story.chapters:
        phases.append(_phase(chapter, story.model.dataset, after, before))
        after, before = after + chapter.steps, chapter.config.averaging
    if _has_own_dropouts(story):
        for phase, chapter in zip(phases, story.chapters, strict=True):
            phase["dropout"] = chapter.config.dropouts if chapter.config.dropout else None
    used = [name for name in phases[0] if any(phase[name] is not None for phase in phases)]
    return [{name: phase[name] for name in used} for phase in phases]


def _phase(chapter: Chapter, dataset: Dataset, after: int, averaging_before: float) -> dict[str, Any]:
    """Return a phase's settings: what it doesn't use is None. `batch_norm` is the decay of the running statistics."""
    config = chapter.config
    follows = config.averaging or config.normalized_units
    row, factor, weighting = OPTIMIZERS[config.optimizer], _factor(config), _weighting(config, dataset)
    optional = ("momentum", "beta2", "epsilon", "weight_decay")
    return {
        "steps": chapter.steps,
        "batch_size": config.batch_size,
        "optimizer": row.update.__name__,
        "moments": row.moments,
        "learning_rate": config.learning_rate * chapter.factor,
        "schedule": factor and factor.__name__,
        "epochs": config.epochs if factor else None,
        **{name: getattr(config, name) if name in row.settings else None for name in optional},
        **{name: getattr(config, name) or None for name in ("l1", "l2", "dropout", "input_dropout")},
        "label_smoothing": config.label_smoothing or None if dataset.info.task != REGRESSION else None,
        **{name: getattr(config, name) or None for name in ("clip_norm", "max_norm", "averaging")},
        "begins_average": True if config.averaging and not averaging_before else None,
        "batch_norm": DECAY if config.normalized_units else None,
        "after": after if follows else None,
        "class_weights": weighting and weighting.__name__,
        **_augmentation(config),
    }


def _augmentation(config: RunConfig) -> dict[str, Any]:
    """Return the settings of augmentation: all that move images if any of all does, the others if they are used."""
    used = config.augmentations
    settings: dict[str, Any] = {"augmented": bool(used) or None}
    for name in AUGMENTATION:
        optional = name in OPTIONAL and not getattr(config, name)
        settings[name] = None if not used or optional else getattr(config, name)
    if not config.elastic:
        settings["elastic_smoothness"] = None
    return settings


def plain(text: str) -> str:
    """Return a text from a person so that it can be in a comment or a docstring: one line, without quotes."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return re.sub(r'[\\"]', "'", " ".join(printable.split()))
