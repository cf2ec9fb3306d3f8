"""The dashboard's look: everyone can tell its colors apart, and its words can be read from the back row."""

import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

ROOT = Path(__file__).resolve().parents[3]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
THEMES = ("light", "dark")
GROUNDS = ("backgroundColor", "secondaryBackgroundColor")
NAMES = ("blue", "orange", "green", "red", "violet", "yellow", "gray")
# Linear RGB as seen with each severe deficiency: Machado, Oliveira and Fernandes (2009).
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Linear RGB to OKLab, in which equal distances look about equally different: Ottosson (2020).
RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

Vector = npt.NDArray[np.float64]


def linear(color: str) -> Vector:
    """Linear RGB of "#rrggbb"."""
    srgb = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 (alike) to 21 (black on white)."""
    dark, light = sorted(float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other))
    return (light + 0.05) / (dark + 0.05)


def difference(one: str, other: str, vision: str) -> float:
    """Distance in OKLab times 100, for a kind of vision; 100 is black to white."""

    def lab(color: str) -> Vector:
        seen = np.clip(VISION[vision] @ linear(color), 0, 1)
        return CONES_TO_LAB @ np.cbrt(RGB_TO_CONES @ seen)

    return 100 * float(np.linalg.norm(lab(one) - lab(other)))


def test_the_measures_agree_with_known_values() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert difference("#000000", "#FFFFFF", "normal") == pytest.approx(100, abs=0.01)
    assert difference("#FF0000", "#00FF00", "normal") > 2 * difference("#FF0000", "#00FF00", "deuteranopia")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISION)
def test_curves_and_verdicts_can_be_told_apart(theme: str, vision: str) -> None:
    colors = CONFIG["theme"][theme]
    train, validation = colors["blueColor"], colors["orangeColor"]
    right, wrong = colors["greenColor"], colors["redColor"]
    assert difference(train, validation, vision) > 20
    assert difference(right, wrong, vision) > 10
    assert difference(validation, wrong, vision) > 10


@pytest.mark.parametrize("theme", THEMES)
def test_classes_can_be_told_apart(theme: str) -> None:
    colors = CONFIG["theme"][theme]["chartCategoricalColors"]
    assert len(colors) == 10
    for one, other in combinations(colors, 2):
        assert difference(one, other, "normal") > 10
        for vision in ("protanopia", "deuteranopia"):
            assert difference(one, other, vision) > 7, (one, other, vision)


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_lines_stand_out(theme: str) -> None:
    colors = CONFIG["theme"][theme]
    grounds = [part[name] for part in (colors, colors["sidebar"]) for name in GROUNDS]
    for ground in grounds:
        assert contrast(colors["textColor"], ground) > 7
        for name in NAMES:
            assert contrast(colors[f"{name}TextColor"], ground) > 4.5, (name, ground)
            assert contrast(colors[f"{name}Color"], ground) > 3, (name, ground)
    for name in NAMES:
        assert contrast(colors[f"{name}TextColor"], colors[f"{name}BackgroundColor"]) > 4.5, name
    for color in colors["chartCategoricalColors"]:
        assert contrast(color, colors["backgroundColor"]) >= 3
    assert contrast("#FFFFFF", colors["primaryColor"]) > 4.5, "Streamlit writes white on a primary button"
    assert contrast(colors["primaryColor"], colors["backgroundColor"]) > 3


def test_every_option_is_one_that_streamlit_knows() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "not a valid config option" not in shown.stdout + shown.stderr
    assert 'primaryColor = "#3F3A93"' in shown.stdout, "the file was read"


def test_fonts_are_in_the_repository() -> None:
    for face in CONFIG["theme"]["fontFaces"]:
        url = face["url"]
        assert url.startswith("app/static/")
        assert (ROOT / url.removeprefix("app/")).is_file(), url
