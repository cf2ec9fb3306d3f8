"""The table of scenes, in the order in which they tell their story."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ui.learn import activations, batches, bend, chain, dense, perceptron, softmax, start, step

LESSONS = Path(__file__).resolve().parents[2] / "docs" / "lessons"


class Scene(NamedTuple):
    """One row of the table."""

    title: str
    question: str  # which it answers
    draw: Callable[[], None]


SCENES = {
    "perceptron": Scene("A perceptron", "How can three numbers decide anything?", perceptron.draw),
    "dense": Scene("A dense layer", "What can many perceptrons do together?", dense.draw),
    "bend": Scene("Why it must bend", "Why are two layers no better than one?", bend.draw),
    "relu": Scene("ReLU and relatives", "Which activations are there, and how do they differ?", activations.draw),
    "softmax": Scene("Softmax and the loss", "How wrong is an answer, as a number?", softmax.draw),
    "chain": Scene("The chain rule", "Which weight is to blame, and by how much?", chain.draw),
    "step": Scene("One step", "How does a gradient become learning?", step.draw),
    "batches": Scene("Mini-batches and epochs", "How many examples should one step use?", batches.draw),
    "start": Scene("The first weights", "Where does training start?", start.draw),
}


def lesson_plan(scene: str) -> str:
    """Return a scene's lesson plan in Markdown, without its title."""
    _, _, plan = (LESSONS / f"{scene}.md").read_text(encoding="utf-8").partition("\n")
    return plan
