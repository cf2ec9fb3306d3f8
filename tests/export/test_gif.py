"""The animation shows the run at its kept steps: each frame is drawn from the state that it is of."""

import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageSequence

from mlp import RunConfig, load_dataset
from mlp.charts.curves import DASHES
from mlp.charts.palette import LIGHT
from mlp.datasets import REGRESSION, Dataset
from mlp.export import FORMATS, ExportedRun
from mlp.export.gif import CHARTS, HEIGHT, LAST_MS, MOST_FRAMES, PANEL, TIME, WIDTH, write_gif
from mlp.export.gif_drawing import DASH, DASH_GAP, Canvas, mixed
from tests.small_dataset import small_dataset
from tests.stories import story
from tests.tables import mixed as mixed_table

KEPT = [1, 4, 16, 60]
TABLE = RunConfig(hidden=(8, 4), learning_rate=0.05, batch_size=16)


def shades() -> Dataset:
    values = np.random.default_rng(0).integers(0, 200, 200)
    return Dataset.from_arrays(np.repeat(values, 64).reshape(-1, 8, 8).astype(np.uint8), values / 100, task=REGRESSION)


RUNS = {
    "images": lambda: story(RunConfig(dataset="digits", hidden=(20,)), load_dataset("digits"), KEPT),
    "templates": lambda: story(RunConfig(dataset="digits", hidden=()), load_dataset("digits"), KEPT),
    "points": lambda: story(RunConfig(dataset="moons", hidden=(8,)), load_dataset("moons"), KEPT),
    "table": lambda: story(TABLE, mixed_table().dataset, KEPT),
    "regression": lambda: story(TABLE, mixed_table("regression").dataset, KEPT),
    "images with a number": lambda: story(TABLE, shades(), KEPT),
}


def gif_of(run: ExportedRun) -> Image.Image:
    out = io.BytesIO()
    write_gif(run, out)
    return Image.open(out)


def pictures(run: ExportedRun) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(gif_of(run))]


def box(area: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    return tuple(map(int, area))  # type: ignore[return-value]


@pytest.mark.parametrize("kind", RUNS)
def test_each_frame_shows_another_network_and_another_time(kind: str) -> None:
    shown = pictures(RUNS[kind]())
    assert len(shown) == len(KEPT) + 1
    assert {each.size for each in shown} == {(WIDTH, HEIGHT)}
    for before, after in itertools.pairwise(shown):
        changed = ImageChops.difference(before, after)
        for area in (*CHARTS, PANEL, TIME):
            assert changed.crop(box(area)).getbbox() is not None
        assert changed.crop((0, 0, WIDTH, 90)).getbbox() is None, "the title stays"
    assert {each.getpixel((3, 3)) for each in shown} == {(255, 255, 255)}


def test_it_rests_at_the_end_and_begins_again() -> None:
    gif = gif_of(RUNS["images"]())
    assert gif.info["loop"] == 0
    durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    assert durations[-1] == LAST_MS
    assert set(durations[:-1]) == {150}


def test_a_change_is_written_when_it_happens() -> None:
    config = RunConfig(dataset="digits", hidden=(8,), learning_rate=0.1)
    plain = story(config, load_dataset("digits"), KEPT)
    changed = replace(plain, changes=(plain.mark("learning rate 0.1 → 0.01")._replace(step=16),))
    area = (WIDTH // 2, 680, WIDTH, HEIGHT)
    inked = [np.asarray(each.crop(area)).min() < 255 for each in pictures(changed)]
    assert inked == [False, False, False, True, True]


def test_classes_have_their_colors_in_the_map_and_wrong_points_a_ring() -> None:
    last = pictures(RUNS["points"]())[-1].crop(box(PANEL))
    colors = {color for _, color in last.getcolors(1 << 20)}  # type: ignore[union-attr]
    for color in (*LIGHT.classes[:2], LIGHT.wrong):
        assert rgb_of(color) in colors
    assert rgb_of(mixed(LIGHT.classes[0], 12 / 24)) in colors


def rgb_of(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def test_a_long_run_of_mnists_size_is_a_few_megabytes() -> None:
    rng = np.random.default_rng(0)
    dataset = Dataset.from_arrays(rng.integers(0, 256, (400, 28, 28), dtype=np.uint8), np.arange(400) % 10)
    run = story(RunConfig(hidden=(100,)), dataset, [1, 2, 3, 4, 5])
    assert run.models_at is not None
    states = list(run.models_at(run.kept))
    late = replace(run.model, state=replace(run.state, step=1000))
    run = replace(
        run, model=late, kept=tuple(range(1000)), models_at=lambda steps: (states[step % len(states)] for step in steps)
    )
    out, done = io.BytesIO(), list[float]()
    write_gif(run, out, done.append)
    assert 500_000 < len(out.getvalue()) < 4_000_000
    assert done == [frame / MOST_FRAMES for frame in range(1, MOST_FRAMES + 1)]


def test_weights_that_are_not_numbers_can_be_drawn() -> None:
    for kind in ("images", "points", "regression", "table"):
        run = RUNS[kind]()
        bad = replace(run.model, state=replace(run.state, parameters=np.full_like(run.state.parameters, np.nan)))
        assert len(pictures(replace(run, model=bad))) == len(KEPT) + 1


def test_long_names_are_cut_and_letters_of_other_scripts_are_drawn() -> None:
    dataset = small_dataset()
    info = replace(dataset.info, class_names=("日本", "b", "c"), label="L" * 300, goal="日本 " * 60)
    run = story(RunConfig(hidden=(4,)), replace(dataset, info=info), [3])
    assert pictures(run)[-1].crop((1235, 0, WIDTH, 600)).convert("L").getextrema() == (255, 255)
    canvas = Canvas(200, 50)
    assert canvas.cut("short", 20, 200) == "short"
    assert canvas.cut("W" * 50, 20, 200).endswith("W…")


def test_a_run_without_a_story_has_none() -> None:
    assert "Train it first" in FORMATS["gif"].why_not(ExportedRun(RUNS["table"]().model))


def test_the_validation_curve_is_dashed_as_on_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"{DASH}px,{DASH_GAP}px" == DASHES
    canvas = Canvas(60, 60)
    canvas.dashed([(10, 10), (10, 31), (31, 31)], LIGHT.text, 2)
    inked = np.asarray(canvas.finished().convert("L")) < 128
    along = [*inked[10:31, 10], *inked[31, 10:31]]
    runs = [(bool(ink), len(list(group))) for ink, group in itertools.groupby(along)]
    assert [ink for ink, _ in runs] == [True, False] * 4
    assert [length for ink, length in runs[1:-1] if not ink] == pytest.approx([DASH_GAP] * 3, abs=1)
    colors = set[str]()
    monkeypatch.setattr(Canvas, "dashed", lambda _, points, color, width: colors.add(color))
    pictures(RUNS["images"]())
    assert colors == {LIGHT.validation, mixed(LIGHT.validation, 0.25)}
