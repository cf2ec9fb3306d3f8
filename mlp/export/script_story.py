"""The story of a run, as far as training it again needs it: its settings, and for how many steps each held."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlp.config import RunConfig
from mlp.export.run import ExportedRun, ExportError
from mlp.export.script_plateaus import pieces, reductions
from mlp.training import Model, initial_state

MORE = "so training alone doesn't lead to its weights. Export them as .safetensors."


class Chapter(NamedTuple):
    """Settings, and for how many steps they held."""

    config: RunConfig
    steps: int
    change: str  # what changed at its beginning; "" of the first
    factor: float = 1.0  # on the learning rate, by plateaus before


class Story(NamedTuple):
    """A run that can be trained again."""

    run: ExportedRun
    chapters: Sequence[Chapter]  # at least one

    @property
    def model(self) -> Model:
        return self.run.model

    @property
    def steps(self) -> int:
        return self.run.state.step


def story_of(run: ExportedRun) -> Story:
    """Return a run's story. Raises ExportError if it is not known, or is more than training."""
    if run.started_with is None or not all(change.config_json for change in run.changes):
        raise ExportError(
            "How this network was trained is not known: it came from a file, was changed by hand, or was trained by a "
            "program. Restart the run and export it then; a program gives ExportedRun started_with=config."
        )
    dataset = run.model.dataset
    begun = next(run.models_at([0])) if run.models_at and 0 in run.kept else None
    if begun and not begun.state.same_as(initial_state(run.started_with, dataset)):
        raise ExportError(f"This run began with weights from elsewhere, {MORE}")
    chapters = list(_chapters(run, run.started_with))
    state = run.state
    same_data = all(chapter.config.dataset == run.started_with.dataset for chapter in chapters)
    if not same_data or _place(chapters, dataset.info.train) != (state.epoch, state.position, state.examples):
        raise ExportError(f"This run was also trained on other examples, such as drawings or other points, {MORE}")
    return Story(run, chapters)


def _chapters(run: ExportedRun, config: RunConfig) -> Iterator[Chapter]:
    begin, said, lowered = 0, "", reductions(run, config)

    def until(end: int) -> Iterator[Chapter]:
        for steps, factor, lowering in pieces(config, begin, end, lowered):
            yield Chapter(config, steps, lowering or said, factor)

    for change in run.changes:
        if change.step > begin:
            yield from until(change.step)
            said = ""
        said = ", ".join(filter(None, (said, change.description)))
        begin, config = change.step, RunConfig.from_json(change.config_json)
    if run.state.step > begin or not begin:
        yield from until(run.state.step)


def _place(chapters: Sequence[Chapter], count: int) -> tuple[int, int, int]:
    """Return the complete epochs, the place in the next one, and all examples seen, after training on `count`."""
    epoch = position = examples = 0
    for config, left, *_ in chapters:
        while left:
            steps = min(left, -(-(count - position) // config.batch_size))
            left -= steps
            seen = min(steps * config.batch_size, count - position)
            position, examples = position + seen, examples + seen
            if position == count:
                epoch, position = epoch + 1, 0
    return epoch, position, examples
