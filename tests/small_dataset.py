"""Data sets made by hand, small enough to know what every example does to a network."""

import numpy as np

from mlp.datasets import Dataset, Split

ROWS = 107  # a prime: every batch size but 1 leaves a partial batch at the epoch's end


def small_dataset(validation: int = 53, test: int = 31) -> Dataset:
    """Random images of 3 × 4 pixels with random labels from three classes: nothing to learn, all to memorize."""
    rng = np.random.default_rng(0)
    total = ROWS + validation + test
    examples = Split(rng.integers(0, 256, (total, 12), dtype=np.uint8), rng.integers(0, 3, total).astype(np.uint8))
    return Dataset(
        "small",
        examples.rows(0, ROWS),
        examples.rows(ROWS, ROWS + validation),
        examples.rows(ROWS + validation, total),
        ("a", "b", "c"),
        image_shape=(3, 4),
        scale=1 / 255,
    )


def fingerprint_dataset() -> Dataset:
    """Example i lights pixel i alone, so that without hidden layers its visits move row i of W and no other."""
    examples = Split(255 * np.eye(ROWS, dtype=np.uint8), (np.arange(ROWS) % 3).astype(np.uint8))
    return Dataset("fingerprint", examples, examples, examples, ("a", "b", "c"), image_shape=(1, ROWS), scale=1 / 255)
