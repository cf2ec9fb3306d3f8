"""The data sets that a browser can choose: those of the catalog, and those that it has brought."""

from collections import Counter

from mlp.datasets import DATASETS
from mlp.datasets.own.stored import own_datasets
from ui.parts.browser import browser_token


def dataset_labels() -> dict[str, str]:
    """Return what each is called, by name; of this browser's own, the latest come first.

    The browser tells choices apart by their labels alone, so those that would be equal have the name added.
    """
    own = own_datasets(browser_token())
    count = Counter(info.label for info in (*DATASETS.values(), *own))
    labels = {name: info.label for name, info in DATASETS.items()}
    return labels | {info.name: info.label if count[info.label] == 1 else f"{info.label} · {info.name}" for info in own}
