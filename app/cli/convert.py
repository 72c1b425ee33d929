"""`convert` and `batch`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import FhirVersion, Profile, Type, Version, put_out, read_bytes
from app.errors import GateError, TooLarge
from app.loading import settle, uncollected

if TYPE_CHECKING:
    from app.issues import Issue


def convert(
    file: Annotated[Path, typer.Argument(help="The document, or - for the standard input.")],
    fhir_version: Version = FhirVersion.R4,
    type: Type = None,
    profile: Profile = None,
    case: Annotated[bool, typer.Option("--case", help="Write the case, not a bundle.")] = False,
    issues: Annotated[
        bool, typer.Option("--issues", help="List on stderr what was not used, with its place.")
    ] = False,
    media_type: Annotated[
        str | None, typer.Option("--media-type", help="Media type; recognised when not given.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="File to write.")] = None,
) -> None:
    """Convert one document to a FHIR bundle."""
    from app.settings import get_settings

    source: bytes | Path = file
    if str(file) == "-":
        limit = get_settings().max_document_bytes
        source = sys.stdin.buffer.read(limit + 1)
        if len(source) > limit:
            raise TooLarge(f"the document is larger than {limit} bytes", place="standard input")
    elif not file.is_file():
        read_bytes(file)  # says why not
        return

    with uncollected():
        from app.jobs import case_json, type_for
        from app.pipeline import default_converter

        converter = default_converter()
    settle()
    if case:
        _, found, unused = converter.read(source, media_type=media_type)
        data = case_json(found)
    else:
        try:
            conversion = converter.convert(
                source,
                media_type=media_type,
                fhir_version=fhir_version,
                bundle_type=type or type_for(profile, get_settings().mappings),
                profile=profile,
            )
        except GateError as error:
            if issues:
                _list(error.issues)
            raise
        data, unused = conversion.json(), conversion.issues
    put_out(data, out)
    if issues:
        _list(unused)


def _list(issues: Iterable[Issue]) -> None:
    """Kind, place, fact and reason of each issue, on stderr."""
    for issue in issues:
        at = f"{issue.span.start}-{issue.span.end}" if issue.span else "-"
        typer.echo(f"{issue.kind}\t{at}\t{issue.fact or '-'}\t{issue.reason}", err=True)


def batch(
    source: Annotated[Path, typer.Argument(help="A folder of documents, or a .jsonl file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the bundles.")],
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, help="Processes; default: all cores.")
    ] = None,
    ndjson: Annotated[
        bool,
        typer.Option("--ndjson", help="Also write all bundles, one a line, to bundles.ndjson."),
    ] = False,
    fhir_version: Version = FhirVersion.R4,
    type: Type = None,
    profile: Profile = None,
) -> None:
    """Convert many documents, one `<stem>.json` each.

    Run again, it converts only what is missing, changed or was made otherwise.
    """
    from app.cli.batch import run_batch
    from app.jobs import BundleForm, type_for
    from app.settings import get_settings

    settings = get_settings()
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    kind = type or type_for(profile, settings.mappings)
    form = BundleForm(fhir_version, kind, profile)
    failed = run_batch(settings, source, out, form, ndjson=ndjson)
    if failed:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(convert)
    app.command()(batch)
