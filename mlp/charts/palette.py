"""The palette gives each meaning one color, the same in every chart."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Colors by meaning. Right and wrong also differ in shape, never in color alone."""

    train: str
    validation: str
    right: str
    wrong: str
    text: str
    quiet: str  # axis numbers, hints
    background: str
    grid: str
    classes: tuple[str, ...]


# The theme's own colors, for a notebook or a printed page: .streamlit/config.toml says how they were chosen.
LIGHT = Palette(
    train="#0072B2",
    validation="#C44E00",
    right="#00875A",
    wrong="#930A5C",
    text="#0D151D",
    quiet="#586573",
    background="#FFFFFF",
    grid="#DCE3EA",
    classes=(
        *("#0072B2", "#C44E00", "#00875A", "#930A5C", "#98974A"),
        *("#3531A5", "#612C04", "#7783FE", "#C87CA9", "#14202D"),
    ),
)
DARK = Palette(
    train="#56B4E9",
    validation="#F0932B",
    right="#86E5BF",
    wrong="#F0478F",
    text="#E6ECF2",
    quiet="#9AA7B4",
    background="#0D1319",
    grid="#27333E",
    classes=(
        *("#56B4E9", "#F0932B", "#86E5BF", "#F0478F", "#FEDD4D"),
        *("#847FFC", "#9E6F3C", "#2062CE", "#9E427C", "#A7B4B8"),
    ),
)
