"""The table of scenes, in the order in which they tell their story."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ui.how import activations, batches, bend, chain, dense, perceptron, softmax, start, step

LESSONS = Path(__file__).resolve().parents[2] / "docs" / "lessons"


class Scene(NamedTuple):
    """One row of the table."""

    title: str
    question: str  # what it answers
    draw: Callable[[], None]


SCENES = {
    "perceptron": Scene("A perceptron", "How can three numbers decide anything?", perceptron.draw),
    "dense": Scene("A dense layer", "What do many perceptrons make together?", dense.draw),
    "bend": Scene("Why it must bend", "Why are two layers not better than one?", bend.draw),
    "relu": Scene("ReLU and its kin", "Which bends are there, and what sets them apart?", activations.draw),
    "softmax": Scene("Softmax and the loss", "How wrong is an answer, as one number?", softmax.draw),
    "chain": Scene("The chain rule", "Which weight is to blame, and by how much?", chain.draw),
    "step": Scene("One step", "How does a gradient become learning?", step.draw),
    "batches": Scene("Mini-batches and epochs", "How many examples should one step look at?", batches.draw),
    "start": Scene("The first weights", "Where does it all begin?", start.draw),
}


def lesson_plan(scene: str) -> str:
    """Return the teacher's page for a scene, in Markdown, without its title."""
    _, _, plan = (LESSONS / f"{scene}.md").read_text(encoding="utf-8").partition("\n")
    return plan
