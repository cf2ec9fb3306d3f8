"""The data sets that a browser can choose: those of the catalog, and those that it has brought."""

from mlp.datasets import DATASETS
from mlp.datasets.own.stored import own_datasets
from mlp.text import unlike
from ui.parts.browser import browser_token


def dataset_labels() -> dict[str, str]:
    """Return what each is called, by name; of this browser's own, the latest come first.

    The browser tells choices apart by their labels alone, so those that would be equal are numbered, the later ones.
    """
    labels = {name: info.label for name, info in DATASETS.items()}
    taken, own = set(labels.values()), own_datasets(browser_token())
    called: dict[str, str] = {}
    for info in reversed(own):
        called[info.name] = unlike(info.label, taken)
        taken.add(called[info.name])
    return labels | {info.name: called[info.name] for info in own}
