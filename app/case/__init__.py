"""Narrative to case."""

from app.case.assemble import Assembler
from app.case.kinds import load_kinds
from app.case.model import Case

__all__ = ["Assembler", "Case", "load_kinds"]
