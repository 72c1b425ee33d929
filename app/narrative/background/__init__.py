"""Allergies and habits."""

from app.narrative.background.finder import Background, load

__all__ = ["Background", "load"]
