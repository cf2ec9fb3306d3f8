"""The moments at which weights are shown stay the same while a run goes on."""

from collections.abc import Sequence
from itertools import pairwise

from ui.weights_view import MOST_MOMENTS, moments_shown


def test_a_run_that_goes_on_brings_at_most_one_new_moment_a_time() -> None:
    steps = [7 * number for number in range(500)]
    before: set[int] = set()
    shown: Sequence[int] = []
    for count in range(1, len(steps) + 1):
        shown = moments_shown(steps[:count])
        assert shown[0] == 0
        assert min(count, MOST_MOMENTS // 2) <= len(shown) <= MOST_MOMENTS
        assert len({*shown} - before) <= 1
        before = {*shown}
    assert len({later - earlier for earlier, later in pairwise(shown)}) == 1  # evenly spaced
