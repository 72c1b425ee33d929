"""HL7's validation engine: builds it, runs it over bundles, and over bundles made of documents.

    python -m tests.integration.hl7 build                      print the path of the jar
    python -m tests.integration.hl7 check 4.0 BUNDLE... 5.0 BUNDLE...
    python -m tests.integration.hl7 documents FILE|FOLDER...   all types and versions of each
    options: --packages FOLDER (FHIR packages, .tgz), --profile URL, --lines (every line)

Needs a JDK (17 or newer) and Maven, and Maven Central for the first build only.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.cli.strict import Said, read_lines
from tests.integration import us_core

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "hl7-validator"
OUT = ROOT / ".tools" / "hl7-validator"
JAR = OUT / "hl7-validator.jar"

PACKAGES = ("hl7.fhir.uv.ips@2.0.0", "hl7.fhir.uv.extensions.r4@5.3.0-ballot-tc1")
"""The International Patient Summary, and the extensions that it names."""

VERSIONS = ("4.0", "5.0")
TYPES = ("collection", "transaction", "batch", "document")


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("java", "mvn") if shutil.which(name) is None]


def build() -> Path:
    """The jar, built anew when its sources have changed; later builds need no network."""
    sources = [FOLDER / "pom.xml", *sorted((FOLDER / "src").rglob("*.java"))]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = OUT / "sources.sha256"
    if JAR.is_file() and stamp.is_file() and stamp.read_text() == digest:
        return JAR
    lacking = missing()
    if lacking:
        raise SystemExit(f"HL7's validator needs {' and '.join(lacking)}")
    call = ["mvn", "-q", "-B", "-ntp", "-f", str(FOLDER / "pom.xml"), f"-Dout={OUT}", "package"]
    subprocess.run(call, check=True, stdout=sys.stderr)
    stamp.write_text(digest)
    return JAR


def packages() -> Path:
    """A folder with the FHIR packages of PACKAGES, fetched from npm when they are not there, and
    the profiles of US Core."""
    folder = OUT / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PACKAGES:
        if not (folder / f"{name.replace('@', '-')}.tgz").is_file():
            npm = shutil.which("npm")
            assert npm, "npm is needed to fetch FHIR packages"
            subprocess.run([npm, "pack", "--silent", name], cwd=folder, check=True)
    us_core.package(folder)
    return folder


def run(
    files: Mapping[str, Sequence[Path]],
    *,
    packages: Path | None = None,
    profiles: Sequence[str] = (),
) -> tuple[Said, ...]:
    """What the engine says against files by FHIR version; RuntimeError when it fails itself."""
    call = ["java", "-Xmx3g", "-jar", str(build())]
    if packages is not None:
        call += ["--packages", str(packages)]
    for profile in profiles:
        call += ["--profile", profile]
    for version, paths in files.items():
        call += [version, *map(str, paths)] if paths else []
    done = subprocess.run(call, capture_output=True, check=False)
    lines = done.stdout.decode("utf-8").splitlines()
    if not any(line.startswith("summary:") for line in lines):
        raise RuntimeError(done.stderr.decode("utf-8", "replace")[-2000:])
    return tuple(read_lines(lines))


def element(location: str) -> str:
    """The element of a location: `Bundle.entry[3].resource/*Condition/1*/.code[0]` is
    `Condition.code`."""
    found = re.match(r"Bundle\.entry\[\d+\]\.resource/\*(\w+)/[^*]*\*/(.*)", location)
    kind, rest = found.groups() if found else ("", location)
    return kind + re.sub(r"\[\d+\]", "", rest)


def explained() -> dict[tuple[str, str], str]:
    """The warnings that README.md explains: reason by message id and element, `*` for any."""
    rows = {}
    for line in (FOLDER / "README.md").read_text("utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            rows[cells[0], cells[1]] = cells[2]
    return rows


def unexplained(said: Iterable[Said]) -> list[Said]:
    """Errors, and warnings that the table of README.md lacks."""
    rows = explained()
    return [
        one
        for one in said
        if one.is_error
        or not {(one.message_id, element(one.location)), (one.message_id, "*")} & rows.keys()
    ]


def make_bundles(documents: Iterable[Path], out: Path) -> dict[str, list[Path]]:
    """Bundles of all types and versions of documents, by version."""
    from app.errors import Case2FhirError
    from app.fhir import dumps
    from app.pipeline import default_converter

    converter = default_converter()
    made: dict[str, list[Path]] = {version: [] for version in VERSIONS}
    for document in documents:
        try:
            _, case, _ = converter.read(document)
        except Case2FhirError as error:
            print(f"{document}: {error}", file=sys.stderr)
            continue
        for version in VERSIONS:
            for kind in TYPES:
                bundle, _ = converter.write(case, fhir_version=version, bundle_type=kind)
                path = out / f"{document.stem}-{version}-{kind}.json"
                path.write_bytes(dumps(bundle))
                made[version].append(path)
    return made


def documents(paths: Iterable[Path]) -> list[Path]:
    """Files, and those of folders that may be documents."""
    out = []
    for path in paths:
        if path.is_dir():
            out += sorted(p for p in path.iterdir() if p.suffix in (".txt", ".xml", ".md", ".pdf"))
        else:
            out.append(path)
    return out


def summary(said: Sequence[Said]) -> str:
    """Counts by kind, the frequent ones first, each with its first place."""
    kinds = Counter((one.severity, one.message_id, element(one.location)) for one in said)
    first: dict[tuple[str, str, str], Said] = {}
    for one in said:
        first.setdefault((one.severity, one.message_id, element(one.location)), one)
    rows = [
        f"{count}\t{kind[0]}\t{kind[1]}\t{kind[2]}\t{first[kind].message}"
        for kind, count in sorted(kinds.items(), key=lambda item: (item[0][0], -item[1]))
    ]
    errors = sum(one.is_error for one in said)
    rows.append(f"{errors} errors, {len(said) - errors} warnings, {len(unexplained(said))} of")
    return "\n".join(rows) + " these not explained in README.md"


def main(arguments: list[str]) -> int:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("build", "check", "documents"))
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--lines", action="store_true")
    given = parser.parse_args(arguments)
    if given.what == "build":
        print(build())
        return 0
    with tempfile.TemporaryDirectory() as folder:
        files: dict[str, list[Path]] = {}
        if given.what == "documents":
            files = make_bundles(documents(map(Path, given.paths)), Path(folder))
        else:
            version = VERSIONS[0]
            for path in given.paths:
                version = path if path in VERSIONS else version
                files.setdefault(version, []).extend([] if path in VERSIONS else [Path(path)])
        said = run(files, packages=given.packages, profiles=given.profile)
    if given.lines:
        print("\n".join("\t".join(one) for one in said))
    print(summary(said))
    return int(any(one.is_error for one in said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
