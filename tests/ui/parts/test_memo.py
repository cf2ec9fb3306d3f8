"""What is computed of a state is kept as long as the state, whatever the settings that are not learned."""

import gc
import weakref
from dataclasses import replace

from mlp import RunConfig, initial_state, load_dataset
from mlp.training import Model
from ui.parts.memo import once_per_state


def test_a_state_is_asked_once_for_each_question_and_then_forgotten() -> None:
    asked: list[str] = []

    @once_per_state
    def answer(model: Model, question: str) -> str:
        asked.append(question)
        return question

    config, moons = RunConfig(dataset="moons"), load_dataset("moons")
    model = Model(config, moons, initial_state(config, moons))
    for each in (model, replace(model, config=replace(config, learning_rate=0.3))):
        assert [answer(each, question) for question in ("why", "how", "why")] == ["why", "how", "why"]
    assert asked == ["why", "how"]

    state = weakref.ref(model.state)
    del model, each
    gc.collect()
    assert state() is None
