"""Version of the program and the moment its rules were fixed."""

__version__ = "0.1.0"

RELEASED = "2026-11-22T00:00:00Z"
"""Recorded time of a conversion when the caller gives none: a conversion is a pure function
of the text and this release, so no other time belongs to its result."""
