"""Settings of the training, chosen by cross-validation; the model card has the comparison."""

from __future__ import annotations

ALGORITHM = "lbfgs"

PARAMETERS: dict[str, float | int | bool] = {
    "c1": 0.02,
    "c2": 1.5,
    "max_iterations": 60,
    "feature.minfreq": 2,
}

# Probability of "nothing" under which a token gets its best label after all.
DOUBT = 0.0
