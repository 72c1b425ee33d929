"""Spotting: which words name something, by a trained model.

`load(layers, vocabulary)` reads the model of `mappings/models`; `Spotter.spot(sentences)`
gives the mentions.
"""

from app.narrative.spotter.model import Spotter, load

__all__ = ["Spotter", "load"]
