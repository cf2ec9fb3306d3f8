"""A contender trains the same network on the same mini-batches, each in the way its own users would write it.

Every module here has a class `Contender` with three methods:

    Contender(task)    build the network with the task's initial weights, data in memory as its users would keep it
    train(steps)       take that many optimizer steps on the next mini-batches, and return when they are done
    weights()          (W [inputs, outputs], b [outputs]) of each layer now; none for the floor, which learns nothing
"""

from typing import NamedTuple


class Name(NamedTuple):
    """How a contender is called, and what must be installed for it."""

    label: str
    package: str  # as pip knows it
    module: str  # as Python imports it


CONTENDERS = {
    "ours": Name("this project", "numpy", "numpy"),
    "tutorial": Name("tutorial", "numpy", "numpy"),
    "scikit_learn": Name("scikit-learn", "scikit-learn", "sklearn"),
    "pytorch": Name("PyTorch", "torch", "torch"),
    "jax_jit": Name("JAX", "jax", "jax"),
    "floor": Name("products alone", "numpy", "numpy"),
}
