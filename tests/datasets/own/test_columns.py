"""What a column is for is guessed from its values."""

import numpy as np
import pytest

from mlp.datasets import CLASSIFICATION, REGRESSION
from mlp.datasets.own.columns import Column, Facts, guess
from mlp.datasets.own.dates import date_formats
from mlp.datasets.own.rows import column_names
from mlp.datasets.own.targets import as_target, guess_target, guess_task, target_problem


def of_numbers(*values: float, name: str = "x", **more: object) -> Facts:
    return Facts(name, len(values), 0, np.sort(np.array(values, float)), **more)  # type: ignore[arg-type]


def of_texts(*texts: str, name: str = "x", empty: int = 0) -> Facts:
    counts = {text: texts.count(text) for text in texts}
    ordered = tuple(sorted(counts.items(), key=lambda found: -found[1]))
    return Facts(name, len(texts) + empty, empty, np.empty(0), texts=ordered)


def of_both(numbers: list[float], words: dict[str, int]) -> Facts:
    texts, written = tuple(words.items()), (*words.items(), *((str(number), 1) for number in numbers))
    return Facts("x", len(numbers) + sum(words.values()), 0, np.array(numbers), texts=texts, written=lambda: written)


@pytest.mark.parametrize(
    ("facts", "kind", "reason"),
    [
        (of_numbers(1.5, 2.5, 2.5), "number", "Numbers."),
        (of_numbers(1, 5, 5), "number", "Whole numbers."),
        (of_numbers(7, 7, 7), "left out", "Constant: 7."),
        (of_numbers(*range(40)), "left out", "Numbers in a row, without gaps: an id."),
        (of_numbers(*range(0, 80, 2)), "number", "Whole numbers."),
        (of_numbers(3, 17, 5, name="customer_id"), "left out", "All values differ: an id."),
        (of_numbers(3, 3, 5, name="customer_id"), "number", "Whole numbers."),
        (of_numbers(3, 17, 5, name="squid"), "number", "Whole numbers."),
        (of_texts("a", "b", "a"), "category", "2 texts."),
        (of_texts("a", "a", empty=1), "left out", "Constant: a."),
        (of_texts(*(f"k{number}" for number in range(20))), "left out", "All values differ: an id."),
        (of_texts("a", "b", "c"), "category", "3 texts."),
        (of_texts("a", "b", "c", name="Id"), "left out", "All values differ: an id."),
        (of_texts(*(f"A text of many words, number {number // 2}" for number in range(40))), "category", "20 texts."),
        (of_texts(*(f"A text of many words, number {number}" for number in range(40))), "left out", "Free text."),
        (of_texts(*(f"k{number % 150}" for number in range(300))), "left out", "150 texts: too many for a category."),
        (of_texts(*(f"k{number % 150}" for number in range(3000))), "category", "150 texts."),
        (of_texts(empty=3), "left out", "Empty."),
    ],
)  # fmt: skip
def test_kinds_and_their_reasons(facts: Facts, kind: str, reason: str) -> None:
    column = guess(facts)
    assert (column.kind, column.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("facts", "question"),
    [
        (of_numbers(-999, *range(0, 80, 2)), "-999 appears in 1 row. Does it mean missing?"),
        (of_numbers(-99, -99, -98, -5), ""),
        (of_numbers(9999, 9999, *range(0, 80, 2)), "9999 appears in 2 rows. Does it mean missing?"),
        (of_numbers(9999, *range(0, 9000, 200)), ""),
        (of_numbers(*(number % 7 for number in range(70))), "Seven whole numbers: a number or a category?"),
        (of_numbers(*(number % 2 for number in range(70))), ""),
        (of_numbers(*(number % 11 for number in range(70))), ""),
        (of_numbers(*(number % 7 / 2 for number in range(70))), ""),
        (
            Facts("x", 5, 0, np.arange(4) / 2, texts=(("k.A.", 1),)),
            "k.A. appears in 1 row of numbers. Does it mean missing?",
        ),
        (
            Facts("x", 100, 0, np.arange(0, 198, 2.0), texts=(("unclear", 1),)),
            "unclear appears in 1 row of numbers. Does it mean missing?",
        ),
    ],
)
def test_what_a_person_should_decide(facts: Facts, question: str) -> None:
    column = guess(facts)
    assert (column.kind, column.question) == ("number", question)
    assert column.suspect == (question.split(" appears")[0] if "appears" in question else "")


def test_a_category_of_which_a_word_may_mean_missing() -> None:
    column = guess(of_texts("b", "b", "a", "?", "N/A", "?"))
    assert (column.kind, column.question) == ("category", "? appears in 2 rows. Does it mean missing?")
    assert (column.suspect, column.missing_values) == ("?", ())


def test_texts_that_mean_missing_do_not_make_a_column_of_texts() -> None:
    column = guess(Facts("x", 10, 2, np.array([1.0, 2.5, 3.0]), texts=(("NA", 3), ("n/a", 1), ("-", 1))))
    assert (column.kind, column.missing, column.missing_values) == ("number", 0.7, ("", "NA", "n/a", "-"))


def test_many_words_among_numbers_are_texts() -> None:
    column = guess(of_both([0, 1, 2, 3, 4, 5], {"low": 2, "high": 2}))
    assert (column.kind, column.distinct) == ("category", 8)
    assert guess(of_both([0, 1, 2], {"low": 1})).kind == "category"


def test_the_figures_of_a_column() -> None:
    column = guess(of_numbers(0, 1, 2, 10, 10))
    assert (column.low, column.high, column.distinct) == (0, 10, 4)
    assert column.histogram == (1, 1, 1, 0, 0, 0, 0, 0, 0, 2)
    column = guess(of_texts("b", "a", "b", empty=1))
    assert (column.values, column.missing, column.missing_values) == ((("b", 2), ("a", 1)), 0.25, ("",))


@pytest.mark.parametrize(
    ("names", "target"),
    [
        (["y", "Class", "b"], "Class"),
        (["a", "label", "b"], "label"),
        (["a", "b", "c"], "c"),
        (["a", "b", "!c"], "b"),
        (["!a", "!b"], ""),
    ],
)
def test_the_column_to_predict(names: list[str], target: str) -> None:
    columns = [Column(name, "left out" if name.startswith("!") else "number", "") for name in names]
    assert guess_target(columns) == target


@pytest.mark.parametrize(
    ("facts", "task"),
    [
        (of_texts("a", "b"), CLASSIFICATION),
        (of_numbers(0.5, 1.5, 0.5), CLASSIFICATION),
        (of_numbers(0.5, 1.5, 2.5), REGRESSION),
        (of_numbers(*(number % 6 + 3 for number in range(90))), CLASSIFICATION),
        (of_numbers(*(number % 62 for number in range(200))), CLASSIFICATION),
        (of_numbers(*(number % 62 + 18 for number in range(200))), REGRESSION),
        (of_numbers(*range(101)), REGRESSION),
        (of_numbers(3, 9, 11, 20), REGRESSION),
        (Facts("x", 9, 0, np.arange(3.0), texts=(("low", 6),)), CLASSIFICATION),
        (Facts("x", 20, 0, np.arange(3, 20.0), texts=(("NA", 3),)), REGRESSION),
        (Facts("x", 20, 0, np.arange(3, 20.0), leading_zeros=True), CLASSIFICATION),
    ],
)
def test_classes_or_a_number(facts: Facts, task: str) -> None:
    assert guess_task(facts) == task


def test_na_is_a_class_of_a_target_but_missing_in_a_number_to_predict() -> None:
    facts = Facts("x", 6, 1, np.empty(0), texts=(("A", 2), ("NA", 2), ("B", 1)))
    target = as_target(guess(facts), facts, CLASSIFICATION, guessed=True)
    assert (target.missing, target.missing_values, dict(target.values)) == (1 / 6, ("",), {"A": 2, "NA": 2, "B": 1})
    facts = of_both([0, 1], {"NA": 2})
    target = as_target(guess(facts), facts, CLASSIFICATION, guessed=True)
    assert (target.missing, target.missing_values, dict(target.values)) == (0, (), {"0": 1, "1": 1, "NA": 2})
    facts = Facts("x", 6, 1, np.array([1.5, 2.5, 3.5]), texts=(("NA", 2),))
    target = as_target(guess(facts), facts, REGRESSION, guessed=True)
    assert (target.kind, target.missing, target.missing_values) == ("target", 0.5, ("", "NA"))


def test_problems_of_a_number_to_predict() -> None:
    problem = target_problem(guess(of_both([1, 2.5], {"2,5": 5, "sick": 4})), REGRESSION)
    assert problem.startswith("The target 'x' has values that are not numbers, such as '2,5', 'sick'. Correct them,")
    assert target_problem(guess(of_numbers(3, 3)), REGRESSION).startswith("The target 'x' is always 3, so there is")
    assert target_problem(guess(of_numbers(3, 4)), REGRESSION) == ""


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2024-02-29"], "%Y-%m-%d"),
        (["2024-02-29 13:00:59"], "%Y-%m-%d %H:%M:%S"),
        (["2024-02-29T13:00:59.25"], "%Y-%m-%dT%H:%M:%S.%f"),
        (["2024-02-29T13:00"], "%Y-%m-%dT%H:%M"),
        (["2024-02-29T13:00:59Z"], "%Y-%m-%dT%H:%M:%SZ"),
        (["2024-02-29 13:00:59+02:00"], "%Y-%m-%d %H:%M:%S%z"),
        (["01/02/2024", "12/31/2024"], "%m/%d/%Y"),
        (["01/02/2024", "31/12/2024"], "%d/%m/%Y"),
        (["31.12.2024"], "%d.%m.%Y"),
        (["5 Mar 2024"], "%d %b %Y"),
        (["NA", "31.12.2024", "?"], "%d.%m.%Y"),
        (["NA"], ""),
        (["2024-02-30"], ""),
        (["2024-02-29", "soon"], ""),
        (["20240229"], ""),
        (["1.5", "2.5"], ""),
        ([], ""),
    ],
)
def test_formats_of_dates(texts: list[str], form: str) -> None:
    assert "".join(date_formats(texts)[:1]) == form


def test_names_that_collide_with_made_up_ones() -> None:
    assert column_names(["a (2)", "a", "a", "", "column 4"]) == ("a (2)", "a", "a (3)", "column 4", "column 4 (2)")
    assert column_names(["two\nlines", "x" * 500]) == ("two lines", "x" * 100)
