"""The server says that it is busy when its answers are slow for many, not for one."""

from ui.parts.answer_times import BUSY, AnswerTimes


def noted(seconds: float, every: float, times: int) -> list[str]:
    """What is told after each of so many answers that took `seconds` and came every so often."""
    clock = iter(every * tick for tick in range(times))
    answers = AnswerTimes(clock.__next__)
    told = []
    for _ in range(times):
        answers.note(seconds)
        told.append(answers.sentence)
    return told


def test_a_class_that_waits_hears_it_within_seconds() -> None:
    told = noted(0.5, every=0.01, times=1000)  # of 40 browsers, ten seconds
    assert told[0] == told[100] == ""
    assert told[-1] == BUSY


def test_a_slow_answer_of_somebody_alone_is_no_crowd() -> None:
    assert set(noted(3.0, every=60.0, times=2)) == {""}


def test_quick_answers_end_it_and_it_does_not_flicker() -> None:
    clock = iter(range(10_000))
    answers = AnswerTimes(clock.__next__)
    for _ in range(40):
        answers.note(0.4)
    told = []
    for tick in range(80):
        answers.note(0.19 if tick % 2 else 0.2)
        told.append(answers.sentence)
    assert set(told) == {BUSY}, "between the two marks it stays as it is"
    for _ in range(80):
        answers.note(0.01)
    assert answers.sentence == ""
