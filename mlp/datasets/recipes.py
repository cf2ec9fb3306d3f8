"""A recipe describes generated points: their shape, how many, how noisy, and which were added by hand.

A recipe has a name, `spirals?points=400&noise=0.1`, which is a data set's name like any other: every process can draw
the very same points from it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION, Split
from mlp.datasets.errors import DatasetError
from mlp.datasets.features import FEATURES, PLAIN
from mlp.datasets.points import MOST_CLASSES, NOISE, SEED, SHAPES, check, make_points
from mlp.setting import Setting
from mlp.text import counted, quoted, unknown, whole_number

EMPTY = "empty"  # the shape of a plane to which all points are added by hand
MOST_OWN = 300
MOST_HUNDREDTHS = 10_000  # of a number that an address gives for a point

POINTS = Setting("points", "Number of points", "", 500, low=20, high=2000)
TRAINING = Setting("training", "Training share (%)", "", 60, low=10, high=90)
CLASSES = Setting("classes", "Classes", "", 2, low=2, high=MOST_CLASSES)
COORDINATE = Setting("A point's coordinate", "Coordinate", "", 0.0, low=-2, high=2)


def _hills(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Three hills and three hollows on a circle, each a Gaussian."""
    angles = np.arange(6) * np.pi / 3
    squares = (x[:, None] - 0.65 * np.cos(angles)) ** 2 + (y[:, None] - 0.65 * np.sin(angles)) ** 2
    return np.exp(-squares / 0.08) @ np.array([1.0, -1.0] * 3)


@dataclass(frozen=True)
class Surface:
    """What a regression learns: a height over each point of the plane, from −1 to 1."""

    label: str
    height: Callable[[np.ndarray, np.ndarray], np.ndarray]


SURFACES = {
    "slope": Surface("Slope", lambda x, y: (x + y) / 2),
    "hills": Surface("Hills and hollows", _hills),
    "saddle": Surface("Saddle", lambda x, y: x * x - y * y),
    "waves": Surface("Waves", lambda x, y: np.sin(5 * x) * np.cos(3 * y)),
}


class OwnPoint(NamedTuple):
    """A point added by hand."""

    x: float  # in hundredths, as it is written
    y: float
    value: float  # a class, or a height in hundredths


@dataclass(frozen=True)
class Recipe:
    """Which points to draw. Raises DatasetError for invalid values."""

    shape: str = "circles"  # one of SHAPES or, to learn heights, of SURFACES; or EMPTY
    points: int = POINTS.default
    noise: float = NOISE.default  # standard deviation: of the coordinates, or of the heights
    classes: int = CLASSES.default
    features: tuple[str, ...] = PLAIN
    seed: int = SEED.default
    task: str = CLASSIFICATION
    training: int = TRAINING.default  # percent of the points; the rest is split evenly into validation and test
    own: tuple[OwnPoint, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in (CLASSIFICATION, REGRESSION):
            raise DatasetError(f"task is {quoted(self.task)}; choose one of: {CLASSIFICATION}, {REGRESSION}.")
        shapes = self.shapes(self.task)
        if self.shape not in shapes:
            raise DatasetError(f"{unknown('shape', self.shape, shapes)} Choose one of: {', '.join(shapes)}.")
        for setting in (POINTS, NOISE, CLASSES, TRAINING, SEED):
            check(setting, getattr(self, setting.name))
        if self.shape in SHAPES:
            check(replace(CLASSES, high=SHAPES[self.shape].most_classes), self.classes)
        if not self.features or any(name not in FEATURES for name in self.features):
            raise DatasetError(
                f"features is {quoted('.'.join(self.features))}; choose at least one of: {', '.join(FEATURES)}."
            )
        if len(self.own) > MOST_OWN:
            raise DatasetError(
                f"There are {len(self.own):,} added points; at most {MOST_OWN} are allowed. Remove some."
            )
        low, high = (0, self.classes - 1) if self.task == CLASSIFICATION else (-1, 1)
        value = Setting("A point's value", "Value", "", 0.0, low=low, high=high)
        for point in self.own:
            check(COORDINATE, point.x)
            check(COORDINATE, point.y)
            check(value, point.value)

    @staticmethod
    def shapes(task: str) -> tuple[str, ...]:
        return (*(SHAPES if task == CLASSIFICATION else SURFACES), EMPTY)

    @property
    def name(self) -> str:
        """The data set's name: the shape, then everything that differs from the default."""
        said = {
            field.name: _WRITERS.get(field.name, str)(getattr(self, field.name))
            for field in fields(self)
            if field.name != "shape" and getattr(self, field.name) != field.default
        }
        return f"{self.shape}?{urlencode(said)}"

    @classmethod
    def read(cls, name: str) -> "Recipe":
        """Return the recipe of that name. Raises DatasetError if there is none."""
        shape, mark, rest = name.partition("?")
        if not mark:
            raise DatasetError(f"{quoted(name)} is not a recipe for points: it has no question mark.")
        values: dict[str, Any] = {}
        for key, text in parse_qsl(rest):
            if key not in _READERS:
                raise DatasetError(unknown("part of a recipe", key, _READERS))
            try:
                values[key] = _READERS[key](text)
            except ValueError as error:
                raise DatasetError(f"{error} Leave it out, or correct it.") from None
        return cls(shape, **values)

    @property
    def split_sizes(self) -> tuple[int, int, int]:
        """How many points are for training, validation and test.

        All points added by hand are trained on. On an empty plane there are no others: they are the validation and
        test sets as well, so that there are curves at all.
        """
        if self.shape == EMPTY:
            return (len(self.own),) * 3
        kept = self._kept
        return self.points - 2 * kept + len(self.own), kept, kept

    @property
    def _kept(self) -> int:
        return max(self.points * (100 - self.training) // 200, 1)

    def draw(self) -> tuple[Split, Split, Split]:
        """Draw the points: for training, validation and test. Labels are classes, or heights as float32."""
        own = np.array(self.own, np.float64).reshape(-1, 3)
        kind = np.uint8 if self.task == CLASSIFICATION else np.float32
        added = Split(own[:, :2].astype(np.float32), own[:, 2].astype(kind))
        if self.shape == EMPTY:
            return added, added, added
        drawn = self._drawn()
        first, second = self.points - 2 * self._kept, self.points - self._kept
        train = Split(*(np.concatenate(pair) for pair in zip(drawn.rows(0, first), added, strict=True)))
        return train, drawn.rows(first, second), drawn.rows(second, self.points)

    def _drawn(self) -> Split:
        if self.task == CLASSIFICATION:
            return make_points(self.shape, self.points, self.noise, self.classes, self.seed)
        rng = np.random.default_rng(self.seed)
        points = rng.uniform(-1, 1, (self.points, 2))
        heights = SURFACES[self.shape].height(*points.T) + rng.normal(0.0, self.noise, self.points)
        return Split(points.astype(np.float32), heights.astype(np.float32))


def standard_points(shape: str) -> Recipe:
    """Return the catalog's points of a shape: 1,000, with its own noise and classes."""
    return Recipe(shape, points=1000, noise=SHAPES[shape].noise, classes=SHAPES[shape].classes)


def describe_other_points(old: Recipe, new: Recipe) -> str:
    """Return how the points of two recipes of one shape differ.

    >>> describe_other_points(Recipe(), Recipe(noise=0.3, own=(OwnPoint(0, 0, 1),)))
    'noise 0.05 → 0.3, 1 point added'
    """
    parts = []
    for setting in (POINTS, NOISE, TRAINING, SEED):
        before, after = getattr(old, setting.name), getattr(new, setting.name)
        if before != after:
            parts.append(f"{setting.label_in_text} {setting.show(before)} → {setting.show(after)}")
    gone, come = Counter(old.own), Counter(new.own)
    for count, did in (((come - gone).total(), "added"), ((gone - come).total(), "removed")):
        if count:
            parts.append(f"{counted(count, 'point')} {did}")
    return ", ".join(parts)


def own_to_text(own: Sequence[OwnPoint]) -> str:
    """Return points added by hand as a short text of hundredths: "-35_20_100.10_5_0"."""
    return ".".join("_".join(f"{round(100 * part)}" for part in point) for point in own)


def own_from_text(text: str) -> tuple[OwnPoint, ...]:
    """Read what `own_to_text` wrote. Raises ValueError for any other text."""
    points = []
    for word in filter(None, text.split(".")):
        parts = word.split("_")
        if len(parts) != 3:
            raise ValueError(f"own has {quoted(word)}; each point is x, y and value in hundredths, as in 50_-25_100.")
        points.append(OwnPoint(*(whole_number("own", part, -MOST_HUNDREDTHS, MOST_HUNDREDTHS) / 100 for part in parts)))
    return tuple(points)


_WRITERS: dict[str, Callable[[Any], str]] = {
    "noise": "{:g}".format,
    "features": ".".join,
    "own": own_to_text,
}
_READERS: dict[str, Callable[[str], Any]] = {
    **{setting.name: setting.read for setting in (POINTS, NOISE, CLASSES, TRAINING, SEED)},
    "features": lambda text: tuple(text.split(".")),
    "task": str,
    "own": own_from_text,
}
