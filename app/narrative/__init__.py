"""Document to narrative: sentences, whose they are, mentions, assertions, relations."""

from app.narrative.reader import Reader, load

__all__ = ["Reader", "load"]
