"""What a model consists of: the file `spotter.toml` of its folder names its parts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.errors import MappingError, VocabularyError
from app.rules import Rules, load_rules

FOLDER = "models"
FILE = "spotter.toml"


class NetworkParts(Rules):
    """A network: `file` is in the same folder."""

    file: str


class FieldsParts(Rules):
    """Two random fields: `features` is the version of the features that they were trained with;
    `every` (all labels), `heads` (heads alone), `clusters` and `usage` ("" when the models know
    no usage) are files of the same folder."""

    features: int
    every: str
    heads: str
    clusters: str
    usage: str = ""


class Manifest(Rules):
    """A model of one kind or the other; `vocabulary` says whether it knows vocabulary terms."""

    vocabulary: bool
    network: NetworkParts | None = None
    fields: FieldsParts | None = None


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
    made = load_rules((folder,), FILE, Manifest)
    if (made.network is None) == (made.fields is None):
        raise MappingError("either [network] or [fields] is needed", place=str(folder / FILE))
    return made


def write(folder: Path, manifest: Manifest) -> None:
    """The manifest of a model folder, with a word to who opens it."""
    lines = [
        "# The trained spotter, written by its training; the model card is README.md.",
        f"vocabulary = {'true' if manifest.vocabulary else 'false'}",
    ]
    for name, parts in (("network", manifest.network), ("fields", manifest.fields)):
        if parts is not None:
            lines += ["", f"[{name}]"]
            lines += [
                f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
                for key, value in parts.model_dump().items()
            ]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
