"""Settings of encoder and network, chosen on the first fold; the model card has the figures."""

from __future__ import annotations

from collections.abc import Callable

SEED = 1

# The share of the loss on heads alone: it sharpens borders.
HEADS_SHARE = 0.5

ENCODER_EPOCHS = 9
ENCODER_RATE = 1.5e-4
ENCODER_LAST_RATE = 1e-3

NETWORK_EPOCHS = 3
NETWORK_RATE = 2e-3
# Each annotated report is seen so often for once that a text without annotations is.
ANNOTATED_TIMES = 4
# Numbers of places in a window, and windows in a batch.
WINDOW, BATCH = 200, 24
# Words that are hidden while learning, so that affixes and neighbours count too.
HIDDEN_WORDS = 0.1
DROPOUT = 0.2

WIDTH = 192
DILATIONS = (1, 2, 4, 1)
# Size of what is learnt of each form, in the order of the inputs' FORMS; and how often a form
# must occur to be known.
SIZES = (64, 32, 32, 32, 16, 32, 32, 32, 24)
LEAST = (3, 10, 10, 10, 10, 10, 10, 10, 10)
LEAST_TERM = 50


def warmed(steps: int, share: float) -> Callable[[int], float]:
    """The rate of learning: it grows over a share of the steps, then falls in a straight line."""

    def rate(step: int) -> float:
        grown = (step + 1) / (share * steps)
        return min(grown, max(0.01, (steps - step) / ((1 - share) * steps)))

    return rate
