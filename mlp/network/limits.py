"""Limits on lengths: of the gradient before a step, and of each unit's incoming weights after it."""

import numpy as np

Array = np.ndarray


def clip_to_norm(gradient: Array, most: float) -> None:
    """Shorten a flat gradient that is longer than `most`, in place: g ← g · min(1, c / ‖g‖).

    It keeps its direction. Source: Pascanu et al., "On the difficulty of training recurrent neural networks" (2013).
    """
    norm = float(np.sqrt(sums_of_squares("i,i->", gradient)))
    if norm > most:
        gradient *= most / norm


def limit_norms(weights: Array, most: float) -> None:
    """Shorten each column, a unit's incoming weights, that is longer than `most`, in place: w ← w · min(1, c / ‖w‖).

    Source: Srebro and Shraibman (2005), for dropout in Srivastava et al. (2014).
    """
    norms = np.sqrt(sums_of_squares("ij,ij->j", weights))
    weights *= (most / np.maximum(norms, most)).astype(weights.dtype)


def sums_of_squares(subscripts: str, array: Array) -> Array:
    """Return sums of squares by `einsum`: in float64, which takes four times as long, only if float32 overflows."""
    sums = np.einsum(subscripts, array, array)
    return sums if np.isfinite(sums).all() else np.einsum(subscripts, array, array, dtype=np.float64)
