"""What a person can choose for a run, by what it is about. RunConfig is all of them together.

Each field is declared with what a person needs to know about it: its label, its help, its default and its range.
"""

from dataclasses import dataclass, fields

from mlp.datasets import DATASETS, REGRESSION, DatasetInfo, dataset_label
from mlp.network.class_weights import CLASS_WEIGHTS
from mlp.network.initializers import INITIALIZERS
from mlp.network.layers import ACTIVATIONS
from mlp.network.optimizers import OPTIMIZERS
from mlp.network.schedules import SCHEDULES
from mlp.setting import Choice, setting

MOST_HIDDEN_LAYERS = 6
MOST_UNITS = 1024


@dataclass(frozen=True)
class NetworkSettings:
    """What is learned from, and what the network is before training starts."""

    dataset: str = setting(
        "Data set", "The examples the network learns from.", "mnist", choices=DATASETS, label_other=dataset_label
    )
    hidden: tuple[int, ...] = setting(
        "Hidden layers",
        "The layers between input and output: how many there are, and how many units each has.",
        (100, 200),
        low=1,
        high=MOST_UNITS,
    )
    activation: str = setting(
        "Activation",
        "The function applied to each hidden unit's weighted sum. Names joined by dots, such as relu.tanh, are one for "
        "each hidden layer.",
        "relu",
        choices=ACTIVATIONS,
        a_layer=True,
    )
    initializer: str = setting(
        "Initial weights", "How the weights are drawn before training starts.", "xavier", choices=INITIALIZERS
    )
    batch_norm: bool = setting(
        "Batch normalization",
        "Gives each hidden unit's weighted sum mean 0 and variance 1 over the mini-batch, then a learned scale and "
        "shift. Training is less sensitive to the learning rate and the initial weights. Predictions use running "
        "means.",
        False,
    )


@dataclass(frozen=True)
class OptimizerSettings:
    """How gradients become weight updates."""

    optimizer: str = setting(
        "Optimizer", "How gradients are turned into weight updates.", "sgd", choices=OPTIMIZERS, live=True
    )
    learning_rate: float = setting(
        "Learning rate",
        "How large each weight update is: with SGD, this number times the slope. Too low: learning is slow. Too high: "
        "the loss jumps around or blows up. With a schedule, this is the highest rate.",
        0.1,
        low=1e-6,
        high=100,
        live=True,
    )
    batch_size: int = setting(
        "Batch size",
        "Examples in a mini-batch: each weight update averages over them.",
        32,
        low=1,
        high=4096,
        live=True,
    )
    epochs: int = setting(
        "Epochs", "How many times the network sees the whole training set.", 25, low=1, high=10_000, live=True
    )
    schedule: str = setting(
        "Schedule", "How the learning rate changes during training.", "constant", choices=SCHEDULES, live=True
    )
    plateau_patience: int = setting(
        "Plateau patience",
        "Reduce on plateau divides the learning rate by 10 after this many epochs in a row whose validation loss was "
        "not lower than before (by more than the smallest gain, unless that is one in accuracy).",
        5,
        low=1,
        high=1000,
        live=True,
    )
    momentum: float = setting(
        "Momentum",
        "How much of the previous updates carries over into the next one (μ; β₁ in Adam). Raising it while Adam "
        "trains makes the next steps longer.",
        0.9,
        low=0,
        high=0.9999,
        live=True,
    )
    beta2: float = setting(
        "Decay of squared gradients (ρ, β₂)",
        "How slowly RMSProp (ρ) and Adam (β₂) forget the size of past gradients. Closer to 1: slower. Raising it while "
        "Adam trains makes the next steps shorter.",
        0.999,
        low=0,
        high=0.999999,
        live=True,
    )
    epsilon: float = setting(
        "Epsilon (ε)",
        "A small number that keeps RMSProp and Adam from dividing by zero.",
        1e-8,
        low=1e-12,
        high=1,
        live=True,
    )
    weight_decay: float = setting(
        "Weight decay", "How strongly AdamW pulls every weight toward zero (λ).", 0.01, low=0, high=10, live=True
    )
    clip_norm: float = setting(
        "Gradient clipping",
        "Shortens a gradient whose norm is larger than this, so that no single step is too large. 0: off.",
        0.0,
        low=0,
        high=1000,
        live=True,
    )
    averaging: float = setting(
        "Weight averaging",
        "Predictions use a running average of the weights, which jumps around less than the weights themselves. Closer "
        "to 1: over more steps; 0.999 is about the last 1,000. 0: off.",
        0.0,
        low=0,
        high=0.99999,
        live=True,
    )


@dataclass(frozen=True)
class Regularization:
    """What helps a network with examples that it has not seen, at a cost on those that it has."""

    l1: float = setting(
        "L1 penalty",
        "Adds λ Σ|w| to the loss that training reduces: many weights come close to zero. The curves show the loss "
        "without it.",
        0.0,
        low=0,
        high=1,
        live=True,
    )
    l2: float = setting(
        "L2 penalty",
        "Adds ½ λ Σ w² to the loss that training reduces, which keeps weights small. The curves show the loss without "
        "it.",
        0.0,
        low=0,
        high=1,
        live=True,
    )
    dropout: float | tuple[float, ...] = setting(
        "Dropout",
        "The chance that a hidden unit is switched off during a training step.",
        0.0,
        low=0,
        high=0.95,
        a_layer=True,
        is_share=True,
        live=True,
    )
    input_dropout: float = setting(
        "Input dropout",
        "The chance that an input, such as a pixel, is set to zero during a training step.",
        0.0,
        low=0,
        high=0.95,
        is_share=True,
        live=True,
    )
    max_norm: float = setting(
        "Max-norm",
        "After each step, shortens each unit's incoming weights whose norm is larger than this. Goes well with "
        "dropout. 0: off.",
        0.0,
        low=0,
        high=1000,
        live=True,
    )
    label_smoothing: float = setting(
        "Label smoothing",
        "Trains toward a little less than 100 % for the correct class, and shares this much among all classes: the "
        "network becomes less overconfident. The training loss includes it, the validation loss doesn't.",
        0.0,
        low=0,
        high=0.5,
        is_share=True,
        live=True,
    )
    class_weights: str = setting(
        "Class weights",
        "Balanced: in the training loss, all classes count the same, however few examples one has; mistakes on rare "
        "classes cost more. Accuracy and validation loss stay unweighted.",
        "none",
        choices=CLASS_WEIGHTS,
        live=True,
    )


@dataclass(frozen=True)
class Augmentation:
    """How training images are changed, differently each time; validation and test images never are."""

    shift: float = setting(
        "Shift",
        "Moves each image by up to this many pixels, to a side and up or down.",
        0.0,
        low=0,
        high=16,
        live=True,
    )
    rotation: float = setting(
        "Rotation", "Rotates each image by up to this many degrees, either way.", 0.0, low=0, high=180, live=True
    )
    scaling: float = setting(
        "Scaling",
        "Divides width and height, each by a random factor from 1 minus to 1 plus this share. With 50 %, an image "
        "becomes two thirds to twice as wide.",
        0.0,
        low=0,
        high=0.9,
        is_share=True,
        live=True,
    )
    shear: float = setting(
        "Shear",
        "Slants each image, as handwriting leans: each row is moved by up to this share of a pixel more than the last.",
        0.0,
        low=0,
        high=1,
        is_share=True,
        live=True,
    )
    elastic: float = setting(
        "Elastic (α)",
        "Bends strokes: nobody writes a digit the same way twice. Each place moves by α times a smooth random field. "
        "For MNIST, 34 with a smoothness of 4 is usual (Simard 2003), and 37 with 5.5 is milder (Cireşan 2010).",
        0.0,
        low=0,
        high=200,
        live=True,
    )
    elastic_smoothness: float = setting(
        "Elastic smoothness (σ)",
        "How smooth the elastic field is: the width of its Gaussian, in pixels. Large: almost a shift.",
        4.0,
        low=1,
        high=16,
        live=True,
    )
    flip: bool = setting(
        "Mirror",
        "Mirrors half of the images left to right: for clothes and other things, not for digits or letters.",
        False,
        live=True,
    )
    pixel_noise: float = setting(
        "Pixel noise",
        "Adds Gaussian noise to every pixel: its standard deviation, as a share of full ink.",
        0.0,
        low=0,
        high=1,
        is_share=True,
        live=True,
    )
    cutout: float = setting(
        "Cutout",
        "Hides a square at a random place: its side, as a share of the image's.",
        0.0,
        low=0,
        high=0.9,
        is_share=True,
        live=True,
    )


EARLY_STOPPING = {  # by what training is judged
    "off": Choice("Off"),
    "loss": Choice("By loss"),
    "accuracy": Choice("By accuracy"),
}


@dataclass(frozen=True)
class Stopping:
    """When training ends before its last epoch."""

    early_stopping: str = setting(
        "Early stopping",
        "Ends training once the validation set's loss or accuracy shows no gain for some epochs: from there on, the "
        "network would mostly memorize its examples. Best, beside the time slider, shows the network as it was best.",
        "off",
        choices=EARLY_STOPPING,
        live=True,
    )
    patience: int = setting(
        "Patience", "Training stops after this many epochs in a row without a gain.", 5, low=1, high=1000, live=True
    )
    smallest_gain: float = setting(
        "Smallest gain",
        "By how much the validation loss must fall to count as a gain, also for Reduce on plateau. With early stopping "
        "by accuracy: by how much the accuracy must rise, of which 0.01 is one percentage point; for Reduce on plateau "
        "any fall of the loss counts then.",
        0.0,
        low=0,
        high=1,
        live=True,
    )


AUGMENTATION = tuple(field.name for field in fields(Augmentation))
OF_CLASSES = ("class_weights", "label_smoothing")


def can_augment(info: DatasetInfo) -> bool:
    """Return whether a data set has images that can be changed: of at least 2 × 2 pixels."""
    return info.image_shape is not None and min(info.image_shape) >= 2


def unused_on(info: DatasetInfo) -> tuple[str, ...]:
    """Return the settings that mean nothing for a data set: only classes are weighted, and only images augmented."""
    return (*(OF_CLASSES if info.task == REGRESSION else ()), *(() if can_augment(info) else AUGMENTATION))
