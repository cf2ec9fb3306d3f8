"""Diagnoses a run from its curves and a look inside the network: each problem, its evidence and its cure."""

from mlp.inspection.diagnostics.case import Case, Finding, Vitals, examine
from mlp.inspection.diagnostics.rules import RULES, Rule, cured, diagnose, seen_on_curves

__all__ = [
    "RULES",
    "Case",
    "Finding",
    "Rule",
    "Vitals",
    "cured",
    "diagnose",
    "examine",
    "seen_on_curves",
]
