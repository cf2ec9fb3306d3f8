"""The network as scikit-learn estimators, for pipelines, grid searches and notebooks."""

from mlp.estimators.classifier import MLPClassifier
from mlp.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
