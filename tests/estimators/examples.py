"""What the tests of the estimators learn from: scikit-learn's flowers and patients, scaled."""

import numpy as np
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import StandardScaler

FLOWERS, SPECIES = load_iris(return_X_y=True)
FLOWERS = StandardScaler().fit_transform(FLOWERS)
NAMES = np.array(["setosa", "versicolor", "virginica"])[SPECIES]
PATIENTS, COURSE = load_diabetes(return_X_y=True)
PATIENTS, COURSE = StandardScaler().fit_transform(PATIENTS), (COURSE - 150) / 77
