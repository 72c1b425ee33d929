"""Settings of the training, chosen by cross-validation; the model card has the comparison."""

from __future__ import annotations

ALGORITHM = "lbfgs"

PARAMETERS: dict[str, float | int | bool] = {
    "c1": 0.02,
    "c2": 1.5,
    "max_iterations": 60,
    "feature.minfreq": 2,
}

# Reports in which a feature must stand to be learnt (all, if there are fewer reports).
LEAST_REPORTS = 3

# Occurrences of a word in texts without annotations for its usage to be told.
USAGE_LEAST = 3
