"""Values of a table are shown beside its predictions, short and alike."""

import pytest

from ui.train.predictions import column_texts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (9.4361, "9.436"),
        (2014.0, "2014"),
        (31004.24, "31004"),
        (-12_345_678.0, "-12.3\u202fM"),
        ("a", "a"),
    ],
)
def test_a_value_takes_few_letters(value: float | str, text: str) -> None:
    assert column_texts([value]) == [text]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([55.0, 55.1, None], ["55.0", "55.1", "missing"]),
        ([0.2, 1.85, 0.0], ["0.20", "1.85", "0.00"]),
        ([14.0, 3.0], ["14", "3"]),
        ([1065.5, 0.3333333], ["1065.50", "0.33"]),
        ([0.000012, 0.0], ["1.2e-05", "0"]),
        ([2_500_000.0, 3.0], ["2.5\u202fM", "3"]),
    ],
)
def test_all_numbers_of_a_column_have_equally_many_decimals(values: list[float | None], texts: list[str]) -> None:
    assert column_texts(values) == texts
