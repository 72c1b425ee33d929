"""How things went: mentions of outcomes and of the course of problems."""

from app.narrative.outcomes.finder import Outcomes, load

__all__ = ["Outcomes", "load"]
