"""Vocabularies of the user: a SNOMED CT release, LOINC's table or an OBO file becomes a pack in
the user's mappings folder. Sources are streamed, so that memory stays small whatever their size."""

from __future__ import annotations

from app.terminology.own.add import Options, add

__all__ = ["Options", "add"]
