"""Of whom each sentence speaks: a patient of this report, or others and the world at large.

The rules are in `mappings/narrative/scope.toml`. A sentence about all patients of a series
("both patients were febrile") is given to the first; which of them, the text does not say
one by one, and a fact must belong to one.
"""

from __future__ import annotations

from app.narrative.scope.judge import Scope, load

__all__ = ["Scope", "load"]
