"""Who the patients of a report are: age, sex, whether one died; or that there is none.

The rules are in `mappings/narrative/patients.toml`. Nothing is inferred that the text does not
say: an age stays in its unit, a decade ("in her sixties") is no age, and death is only told
when the report tells it.
"""

from __future__ import annotations

from app.narrative.patients.describe import Patients, load

__all__ = ["Patients", "load"]
