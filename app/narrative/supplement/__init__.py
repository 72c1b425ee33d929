"""Mentions that the vocabulary or a rule finds and the trained spotter does not."""

from app.narrative.supplement.finder import Supplement, load

__all__ = ["Supplement", "load"]
