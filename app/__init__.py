"""case2fhir: clinical case reports in, valid and coded FHIR bundles out."""

from app.pipeline import Conversion, Converter, convert
from app.version import __version__

__all__ = ["Conversion", "Converter", "__version__", "convert"]
