"""What a model consists of: the file `spotter.toml` of its folder names its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.errors import VocabularyError
from app.rules import Rules, load_rules

FOLDER = "models"
FILE = "spotter.toml"


class Manifest(Rules):
    """`features` is the version of the features that the model was trained with, `model`
    (all labels), `heads` (heads alone), `clusters` and `usage` ("" when the models know no usage)
    are files of the same folder; `vocabulary` says whether vocabulary terms are among the
    features."""

    features: int
    model: str
    heads: str
    clusters: str
    usage: str = ""
    vocabulary: bool


def folder_of(layers: Sequence[Path]) -> Path:
    """The models folder of the last layer that has a manifest."""
    for layer in reversed(layers):
        if (layer / FOLDER / FILE).is_file():
            return layer / FOLDER
    raise VocabularyError(
        "no trained spotter; make one with 'case2fhir train'", place=f"{FOLDER}/{FILE}"
    )


def read(folder: Path) -> Manifest:
    """Raises MappingError with file and line when it cannot be used."""
    return load_rules((folder,), FILE, Manifest)


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest of a model folder, with a word to who opens it."""
    flag = "true" if manifest.vocabulary else "false"
    (folder / FILE).write_text(
        "# The trained spotter, written by its training; the model card is README.md.\n"
        f"features = {manifest.features}\n"
        f'model = "{manifest.model}"\n'
        f'heads = "{manifest.heads}"\n'
        f'clusters = "{manifest.clusters}"\n'
        f'usage = "{manifest.usage}"\n'
        f"vocabulary = {flag}\n",
        encoding="utf-8",
    )
