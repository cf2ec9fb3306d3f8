"""A worker is one contender in its own process, so that its threads and its memory are separate.

It reads one JSON object a line and answers each with another:

    {"task": RunConfig as JSON}  →  {"loss": after CHECK_STEPS steps, on the validation set; null for the floor}
    {"train": steps}             →  {"seconds": spent on them}
"""

import importlib
import json
import os
import sys
from time import perf_counter
from typing import Any

from benchmarks.contenders.task import Task, mean_loss

CHECK_STEPS = 10
CHECK_EXAMPLES = 2000


def main(name: str) -> None:
    """Answer every line until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes where errors go
    contender_class = importlib.import_module(f"benchmarks.contenders.{name}").Contender
    contender: Any = None
    for line in sys.stdin:
        request = json.loads(line)
        if "task" in request:
            contender = None  # give its memory back first
            task = Task.from_json(request["task"])
            contender = contender_class(task)
            contender.train(CHECK_STEPS)
            weights = contender.weights()
            examples = task.dataset.validation.rows(0, CHECK_EXAMPLES)
            answer = {"loss": mean_loss(weights, examples) if weights else None}
        else:
            started = perf_counter()
            contender.train(request["train"])
            answer = {"seconds": perf_counter() - started}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
