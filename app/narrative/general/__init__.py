"""General knowledge inside sentences that also speak of the patient."""

from app.narrative.general.finder import General, load

__all__ = ["General", "load"]
