"""Data sets by name: which there are, where their files are, and how to get them."""

from mlp.datasets.catalogue import DATASETS, dataset_info, dataset_label, short_dataset_label
from mlp.datasets.dataset import CLASSIFICATION, REGRESSION, SPLITS, Dataset, DatasetInfo, Split
from mlp.datasets.downloads import download
from mlp.datasets.errors import DamagedFile, DatasetError
from mlp.datasets.features import FEATURES, write_features
from mlp.datasets.loading import is_file, load_dataset, load_dataset_or_file
from mlp.datasets.places import damaged, default_dataset, is_available, size_on_disk, size_to_download
from mlp.datasets.points import make_points
from mlp.datasets.recipes import OwnPoint, Recipe

__all__ = [
    "CLASSIFICATION",
    "DATASETS",
    "FEATURES",
    "REGRESSION",
    "SPLITS",
    "DamagedFile",
    "Dataset",
    "DatasetError",
    "DatasetInfo",
    "OwnPoint",
    "Recipe",
    "Split",
    "damaged",
    "dataset_info",
    "dataset_label",
    "default_dataset",
    "download",
    "is_available",
    "is_file",
    "load_dataset",
    "load_dataset_or_file",
    "make_points",
    "short_dataset_label",
    "size_on_disk",
    "size_to_download",
    "write_features",
]
