"""`check`, `verify`, `read` and `summary`: what is done with bundles from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.options import FhirVersion, put_out, read_bytes
from app.errors import InputError, MalformedDocument


def check(
    bundles: Annotated[list[Path], typer.Argument(help="Files with a bundle each.")],
    fhir_version: Annotated[
        FhirVersion | None, typer.Option("--fhir-version", help="Recognised when not given.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also by HL7's validator (CASE2FHIR_HL7_VALIDATOR).")
    ] = False,
) -> None:
    """Check bundles with the gates of the conversion. Exit code 1 when one has errors."""
    from app import fhir
    from app.cli.strict import Said, report, validate
    from app.settings import get_settings

    found = [(path, *fhir.recognise(read_bundle(path), fhir_version)) for path in bundles]
    said: tuple[Said, ...] = ()
    if strict:
        said = validate(get_settings().hl7_validator, [(path, of) for path, of, _ in found])
    wrong = 0
    for path, _, findings in found:
        for f in findings:
            typer.echo(f"{path}: {f.severity}: {f.path or 'Bundle'}: {f.message}")
        of_file = [one for one in said if one.file == str(path)]
        for line in report(of_file):
            typer.echo(f"{path}: HL7: {line}")
        errors = sum(f.severity == "error" for f in findings) + sum(o.is_error for o in of_file)
        wrong += errors > 0
        typer.echo(f"{path}: {'ok' if not errors else f'{errors} errors'}")
    if wrong:
        raise typer.Exit(1)


Bundles = Annotated[
    list[Path], typer.Argument(help="Files with a bundle, or with the parts of one.")
]
Recognised = Annotated[
    FhirVersion | None, typer.Option("--fhir-version", help="Recognised when not given.")
]


def verify(
    bundles: Bundles,
    text: Annotated[
        Path | None, typer.Option("--text", help="The text of the document, when not in it.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print an OperationOutcome instead of lines.")
    ] = False,
) -> None:
    """Check that every statement of a bundle points at its words. Exit code 1 when one does not."""
    from app import exact, verification
    from app.documents.encoding import decode
    from app.settings import get_settings

    several = len(bundles) > 1
    report = verification.verify(
        [(f"{path}: Bundle" if several else "Bundle", read_bundle(path)) for path in bundles],
        text=decode(read_bytes(text)) if text is not None else None,
        overlay=get_settings().mappings,
    )
    if as_json:
        put_out(exact.dumps(verification.outcome(report), indent=True), None)
    else:
        for f in report.findings:
            typer.echo(f"{f.severity}: {f.path}: {f.message}")
        said = f"{report.statements} statements, {report.places} places read again"
        typer.echo(f"{said}: {f'{report.errors} errors' if report.errors else 'ok'}")
    if report.errors:
        raise typer.Exit(1)


def read(
    bundles: Bundles,
    fhir_version: Recognised = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write.")] = None,
) -> None:
    """Read the case back from its bundle. Exit code 1 when a resource gave no fact."""
    from app.jobs import case_json
    from app.reading import read_case
    from app.settings import get_settings

    reading = read_case(
        [read_bundle(path) for path in bundles],
        fhir_version=fhir_version,
        overlay=get_settings().mappings,
    )
    put_out(case_json(reading.case), out)
    for one in reading.unread:
        typer.echo(f"not read: {one.path}: {one.reason}", err=True)
    if reading.unread:
        raise typer.Exit(1)


def summary(
    bundles: Bundles,
    fhir_version: Recognised = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Say where the report says it, and its words.")
    ] = False,
) -> None:
    """Print the case as a plain summary, made of the bundle alone."""
    from app.reading import read_case
    from app.settings import get_settings
    from app.summary import render, summarise

    found = [read_bundle(path) for path in bundles]
    overlay = get_settings().mappings
    case = read_case(found, fhir_version=fhir_version, overlay=overlay).case
    text = case.document.text if evidence else None
    put_out(render(case.document.title, summarise(case), text).encode(), None)


def read_bundle(path: Path) -> dict[str, Any]:
    """The Bundle in a file; InputError for anything else."""
    from app import exact

    try:
        bundle = exact.loads(read_bytes(path))
    except ValueError as error:
        raise MalformedDocument(f"not valid JSON: {error}", place=str(path)) from None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise InputError("not a Bundle", place=str(path))
    return bundle


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(check)
    app.command()(verify)
    app.command()(read)
    app.command()(summary)
