"""The trained weights: for each relation kind the weight of each feature."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import VocabularyError

FILE = Path("models") / "relations.json"


@dataclass(frozen=True)
class Model:
    """Logistic regression over string features, one per relation kind."""

    weights: Mapping[str, Mapping[str, float]]

    def probability(self, kind: str, features: Iterable[str]) -> float:
        """That a pair with these features stands in the relation; 0 for an unknown kind."""
        weights = self.weights.get(kind)
        if weights is None:
            return 0.0
        get = weights.get
        return logistic(sum([get(f, 0.0) for f in features]))


def logistic(score: float) -> float:
    """1 / (1 + e^-score) without overflow."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))


def load(layers: Sequence[Path], folder: Path | None = None) -> Model:
    """The weights in `folder` if it has some, else those of the last layer that has some.
    Raises VocabularyError."""
    places = [layer / FILE for layer in reversed(layers)]
    if folder is not None:
        places.insert(0, folder / FILE.name)
    for path in places:
        if path.is_file():
            try:
                raw = json.loads(path.read_text(encoding="utf-8"))
                return Model({k: dict(v) for k, v in raw["weights"].items()})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                message = "the relation weights cannot be read; make them with `case2fhir train`"
                raise VocabularyError(message, place=str(path)) from error
    raise VocabularyError("no layer holds the relation weights", place=str(FILE))
