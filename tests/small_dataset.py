"""Data sets made by hand, small enough to know what every example does to a network."""

import numpy as np

from mlp.datasets import Dataset, DatasetInfo, Split

ROWS = 107  # a prime: every batch size but 1 leaves a partial batch at the epoch's end


def dataset_of(
    train: Split, validation: Split, test: Split, class_names: str, image_shape: tuple[int, int], scale: float = 1 / 255
) -> Dataset:
    """Return the data set that consists of these images; each letter names a class."""
    info = DatasetInfo(
        name="small",
        label="Small",
        class_names=tuple(class_names),
        train=len(train.labels),
        validation=len(validation.labels),
        test=len(test.labels),
        image_shape=image_shape,
        scale=scale,
    )
    return Dataset(info, train, validation, test)


def small_dataset(validation: int = 53, test: int = 31) -> Dataset:
    """Random images of 3 × 4 pixels with random labels from three classes: nothing to learn, all to memorize."""
    rng = np.random.default_rng(0)
    total = ROWS + validation + test
    examples = Split(rng.integers(0, 256, (total, 12), dtype=np.uint8), rng.integers(0, 3, total).astype(np.uint8))
    ends = (ROWS, ROWS + validation)
    return dataset_of(examples.rows(0, ROWS), examples.rows(*ends), examples.rows(ends[1], total), "abc", (3, 4))


def fingerprint_dataset() -> Dataset:
    """Example i lights pixel i alone, so that without hidden layers its visits move row i of W and no other."""
    examples = Split(255 * np.eye(ROWS, dtype=np.uint8), (np.arange(ROWS) % 3).astype(np.uint8))
    return dataset_of(examples, examples, examples, "abc", (1, ROWS))
