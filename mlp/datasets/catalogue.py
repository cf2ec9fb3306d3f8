"""The catalog lists every data set there is to choose.

One row here adds a data set to the dashboard, the command line and the tests. What cannot be listed, a recipe for
points (recipes.py) or imported data (own/stored.py), is found by its name in `dataset_info` and `load_dataset`.
"""

import functools
import re

from mlp.datasets.dataset import REGRESSION, DatasetInfo
from mlp.datasets.errors import DatasetError
from mlp.datasets.idx import IdxFile
from mlp.datasets.own.stored import NAME, OWN, deleted_label, is_own, read_stored
from mlp.datasets.points import SHAPES
from mlp.datasets.recipes import EMPTY, SURFACES, Recipe, standard_points
from mlp.text import unknown

DIGIT_NAMES = tuple("0123456789")
# fmt: off
FASHION_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)
# fmt: on


def _files(
    train: tuple[int, ...],
    test: tuple[int, ...],
    sha256: tuple[str, str, str, str],
    packed_sizes: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> tuple[IdxFile, ...]:
    """Return the four files of a data set in MNIST's format: images [n, rows, columns] and labels, twice."""
    names = (f"{part}-{what}-ubyte" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))
    shapes = (train, train[:1], test, test[:1])
    return tuple(map(IdxFile, names, shapes, sha256, packed_sizes))


DIGITS = DatasetInfo(
    name="digits",
    label="Digits, 8 × 8",
    goal="read digits",
    description="1,797 small handwritten digits. Included with the program; learned in seconds.",
    source="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, "
    "1998, doi.org/10.24432/C50P49",
    license="CC BY 4.0",
    class_names=DIGIT_NAMES,
    train=1197,
    validation=300,
    test=300,
    image_shape=(8, 8),
    scale=1 / 16,
    files=_files(
        train=(1497, 8, 8),
        test=(300, 8, 8),
        sha256=(
            "c91085ebcf81ee3387cda20de1dbc5834b6b27c4e7dbfbb0cc35d8023f20b202",
            "70df719db78200d6fdb1dcf230e7e67cb8ae6c4101d713b9fc744f29a2077d75",
            "c07d882d81adc268c88f1eecb69dd7a58782f9d2784a4cea9b4dff3d157ad0de",
            "917d9770248aa44c6b48b3f384d4d9d408391336c2e3e786e16b306fe8bf68a2",
        ),
    ),
)

MNIST = DatasetInfo(
    name="mnist",
    label="MNIST digits, 28 × 28",
    goal="read digits",
    description="70,000 handwritten digits: the classic first data set.",
    source="Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST Database of Handwritten Digits, 1998",
    license="CC BY-SA 3.0",
    class_names=DIGIT_NAMES,
    train=50_000,
    validation=10_000,
    test=10_000,
    image_shape=(28, 28),
    scale=1 / 255,
    files=_files(
        train=(60_000, 28, 28),
        test=(10_000, 28, 28),
        sha256=(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        packed_sizes=(9_912_422, 28_881, 1_648_877, 4_542),
    ),
    torchvision="MNIST",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)

# Nobody seems to have published the plain files' hashes. These are of what is in the .gz files whose SHA-256 TensorFlow
# Datasets has (tensorflow_datasets/url_checksums/fashion_mnist.txt), and whose MD5 sums Zalando's own README has.
FASHION_MNIST = DatasetInfo(
    name="fashion-mnist",
    label="Fashion-MNIST, 28 × 28",
    goal="recognize clothes",
    description="70,000 photos of clothing in MNIST's format, and much harder to classify.",
    source="H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST, 2017, arXiv:1708.07747",
    license="MIT",
    class_names=FASHION_NAMES,
    train=50_000,
    validation=10_000,
    test=10_000,
    image_shape=(28, 28),
    scale=1 / 255,
    files=_files(
        train=(60_000, 28, 28),
        test=(10_000, 28, 28),
        sha256=(
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        packed_sizes=(26_421_880, 29_515, 4_422_102, 5_148),
    ),
    torchvision="FashionMNIST",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
)


def _points(recipe: Recipe, label: str, description: str = "Custom points.", name: str = "") -> DatasetInfo:
    train, validation, test = recipe.split_sizes
    return DatasetInfo(
        name=name or recipe.name,
        label=label,
        description=description,
        source="Drawn at random by mlp/datasets/points.py",
        license="none needed",
        class_names=("height",) if recipe.task == REGRESSION else tuple("ABCDEF"[: recipe.classes]),
        train=train,
        validation=validation,
        test=test,
        features=recipe.features,
        task=recipe.task,
        goal="predict a point's height" if recipe.task == REGRESSION else "tell the classes apart",
    )


def _shape(name: str, description: str) -> DatasetInfo:
    return _points(standard_points(name), SHAPES[name].label, description, name)


DATASETS = {
    info.name: info
    for info in (
        DIGITS,
        MNIST,
        FASHION_MNIST,
        _shape("moons", "Two interleaving half circles."),
        _shape("circles", "One circle around another: no straight line separates them."),
        _shape("spirals", "Spiral arms wound around each other: the hardest set."),
        _shape("gaussians", "Round clouds that overlap: some errors cannot be avoided."),
        _shape("xor", "Four squares; opposite ones share a class. Needs a hidden layer."),
    )
}


def dataset_info(name: str) -> DatasetInfo:
    """Return what is known about a data set: its row here or, if it was imported or is a recipe, what that says.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.

    Returns
    -------
    DatasetInfo
        Its size, its classes, its license.

    Raises
    ------
    DatasetError
        For an unknown name: it suggests the closest, and lists all.

    Examples
    --------
    >>> info = dataset_info("digits")
    >>> info.train, info.validation, info.test, info.image_shape, info.license
    (1197, 300, 300, (8, 8), 'CC BY 4.0')
    """
    if name in DATASETS:
        return DATASETS[name]
    if is_own(name):
        return read_stored(name).info
    if "?" in name:
        return _recipe_info(name)
    raise DatasetError(f"{unknown('data set', name, DATASETS)} Choose one of: {', '.join(DATASETS)}.")


def dataset_label(name: str, token: str | None = None) -> str:
    """Return what a data set is called on the screen. One that was deleted is called by its last label, or its digits.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.
    token
        The secret of a browser, which may have its own label for an imported data set.

    Returns
    -------
    str
        A few words.

    Examples
    --------
    >>> dataset_label("xor"), dataset_label("deleted")
    ('XOR', 'deleted')
    """
    try:
        return (read_stored(name, token).info if is_own(name) else dataset_info(name)).label
    except DatasetError:
        if label := deleted_label(name):
            return f"{label} (deleted)"
        return f"Imported data {name.removeprefix(OWN)}" if NAME.fullmatch(name) else name


def short_dataset_label(name: str, token: str | None = None) -> str:
    """Return what a data set is called where there is little room: without the size of its images.

    Parameters
    ----------
    name
        Of a data set in the catalog or an imported one, or a recipe for points.
    token
        The secret of a browser, which may have its own label for an imported data set.

    Returns
    -------
    str
        A word or two.

    Examples
    --------
    >>> short_dataset_label("digits"), short_dataset_label("deleted")
    ('Digits', 'deleted')
    """
    return re.sub(r", \d+ × \d+$", "", dataset_label(name, token))


@functools.lru_cache(maxsize=256)
def _recipe_info(name: str) -> DatasetInfo:
    recipe = Recipe.read(name)
    if not recipe.split_sizes[0]:
        raise DatasetError("There are no points to learn from. Add some, or choose a shape.")
    label = "Your own points" if recipe.shape == EMPTY else (SHAPES | SURFACES)[recipe.shape].label
    return _points(recipe, label, name=name)
