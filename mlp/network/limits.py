"""Limits on lengths: of the gradient before a step, and of each unit's incoming weights after it."""

import numpy as np

Array = np.ndarray


def clip_to_norm(gradient: Array, most: float) -> None:
    """Shorten a flat gradient that is longer than `most`, in place: g ← g · min(1, c / ‖g‖).

    It keeps its direction. Source: Pascanu et al., "On the difficulty of training recurrent neural networks" (2013).
    """
    norm = float(np.sqrt(np.einsum("i,i->", gradient, gradient, dtype=np.float64)))
    if norm > most:
        gradient *= most / norm


def limit_norms(weights: Array, most: float) -> None:
    """Shorten each column, a unit's incoming weights, that is longer than `most`, in place: w ← w · min(1, c / ‖w‖).

    Source: Srebro and Shraibman (2005), for dropout in Srivastava et al. (2014).
    """
    norms = np.sqrt(np.einsum("ij,ij->j", weights, weights, dtype=np.float64))
    weights *= (most / np.maximum(norms, most)).astype(weights.dtype)
