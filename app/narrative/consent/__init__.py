"""Consent that a report states: for publication, treatment or research, by whom, written or not.

The wording is in `mappings/narrative/consent.toml`. A waiver, "not applicable", an ethics
approval or a permission to reprint is no consent. A consent that is told twice is one.
"""

from __future__ import annotations

from app.narrative.consent.find import Consents, load

__all__ = ["Consents", "load"]
