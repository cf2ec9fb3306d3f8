"""A recipe describes generated points: their shape, how many, how noisy, and which were added by hand.

A recipe has a name, `spirals?points=400&noise=0.1`, which is a data set's name like any other: every process can draw
the very same points from it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np

from mlp.datasets.dataset import CLASSIFICATION, REGRESSION, Split
from mlp.datasets.errors import DatasetError
from mlp.datasets.features import FEATURES, PLAIN
from mlp.datasets.points import MOST_CLASSES, SHAPES, make_points
from mlp.setting import Choice, ConfigError, Setting, setting, settings_of
from mlp.text import counted, not_one_of, quoted, unknown, whole_number

EMPTY = "empty"  # the shape of a plane to which all points are added by hand
MOST_OWN = 300
MOST_HUNDREDTHS = 10_000  # of a number that an address gives for a point

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


def make_heights(surface: str, points: int, noise: float, seed: int) -> Split:
    """Draw points of the plane, and the height of a surface over each, with normal noise."""
    rng = np.random.default_rng(seed)
    coordinates = rng.uniform(-1, 1, (points, 2))
    heights = SURFACES[surface].height(*coordinates.T) + rng.normal(0.0, noise, points)
    return Split(coordinates.astype(np.float32), heights.astype(np.float32))


TASKS = {CLASSIFICATION: Choice("Classification"), REGRESSION: Choice("Regression")}


class OwnPoint(NamedTuple):
    """A point added by hand."""

    x: float  # in hundredths, as it is written
    y: float
    value: float  # a class, or a height in hundredths


@dataclass(frozen=True)
class Recipe:
    """Which points to draw. Raises DatasetError for invalid values."""

    shape: str = "circles"  # one of SHAPES or, to learn heights, of SURFACES; or EMPTY
    points: int = setting("Number of points", "", 500, low=20, high=2000)
    noise: float = setting("Noise", "", 0.05, low=0, high=0.5)  # standard deviation: of coordinates, or of heights
    classes: int = setting("Classes", "", 2, low=2, high=MOST_CLASSES)
    features: tuple[str, ...] = setting(
        "Inputs", "The features of a point that the network gets.", PLAIN, choices=FEATURES
    )
    seed: int = setting("Data seed", "", 0, low=0, high=2**32 - 1, is_id=True)
    task: str = setting("Task", "Predict a class, or a height, for every point.", CLASSIFICATION, choices=TASKS)
    training: int = setting("Training share (%)", "", 60, low=10, high=90)  # the rest: validation and test, evenly
    own: tuple[OwnPoint, ...] = ()

    def __post_init__(self) -> None:
        try:
            for name, known in RECIPE.items():
                object.__setattr__(self, name, known.check(getattr(self, name)))
            if self.shape in SHAPES:
                replace(RECIPE["classes"], high=SHAPES[self.shape].most_classes).check(self.classes)
            low, high = (0, self.classes - 1) if self.task == CLASSIFICATION else (-1, 1)
            value = Setting("A point's value", "Value", "", 0.0, low=low, high=high)
            for point in self.own:
                for known, number in zip((COORDINATE, COORDINATE, value), point, strict=True):
                    known.check(number)
        except ConfigError as error:
            raise DatasetError(str(error)) from None
        shapes = self.shapes(self.task)
        if self.shape not in shapes:
            raise DatasetError(f"{unknown('shape', self.shape, shapes)} Choose one of: {', '.join(shapes)}.")
        if not self.features:
            raise DatasetError(f"There are no features; choose at least one of: {', '.join(FEATURES)}.")
        if len(self.own) > MOST_OWN:
            raise DatasetError(
                f"There are {len(self.own):,} added points; at most {MOST_OWN} are allowed. Remove some."
            )

    @staticmethod
    def shapes(task: str) -> tuple[str, ...]:
        return (*(SHAPES if task == CLASSIFICATION else SURFACES), EMPTY)

    @property
    def name(self) -> str:
        """The data set's name: the shape, then everything that differs from the default."""
        said = {
            name: known.write(getattr(self, name))
            for name, known in RECIPE.items()
            if getattr(self, name) != known.default
        }
        if self.own:
            said["own"] = own_to_text(self.own)
        return f"{self.shape}?{urlencode(said)}"

    @classmethod
    def read(cls, name: str) -> "Recipe":
        """Return the recipe of that name. Raises DatasetError if there is none."""
        shape, mark, rest = name.partition("?")
        if not mark:
            raise DatasetError(f"{quoted(name)} is not a recipe for points: it has no question mark.")
        values: dict[str, Any] = {}
        for key, text in parse_qsl(rest):
            if key != "own" and key not in RECIPE:
                raise DatasetError(not_one_of("part of a recipe", key, RECIPE))
            try:
                values[key] = own_from_text(text) if key == "own" else RECIPE[key].read(text)
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
        return make_heights(self.shape, self.points, self.noise, self.seed)


RECIPE = settings_of(Recipe)


def standard_points(shape: str) -> Recipe:
    """Return the catalog's points of a shape: 1,000, with its own noise and classes."""
    return Recipe(shape, points=1000, noise=SHAPES[shape].noise, classes=SHAPES[shape].classes)


def describe_other_points(old: Recipe, new: Recipe) -> str:
    """Return how the points of two recipes of one shape differ.

    >>> describe_other_points(Recipe(), Recipe(noise=0.3, own=(OwnPoint(0, 0, 1),)))
    'noise 0.05 → 0.3, 1 point added'
    """
    parts = []
    for name in ("points", "noise", "training", "seed"):
        known, before, after = RECIPE[name], getattr(old, name), getattr(new, name)
        if before != after:
            parts.append(f"{known.label_in_text} {known.show(before)} → {known.show(after)}")
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
