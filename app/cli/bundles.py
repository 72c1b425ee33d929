"""`check` and `send`."""

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

    found = [(path, *fhir.recognise(_bundle(path), fhir_version)) for path in bundles]
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


def send(
    bundle: Annotated[str, typer.Argument(help="File with a transaction, or the id of a case.")],
    to: Annotated[str, typer.Option("--to", help="Name of a target (CASE2FHIR_TARGETS_FILE).")],
    json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Send a bundle or a kept case to a target and print what it answered for each entry.

    Exit code 1 when the target refused it or an entry of it. Sending again makes no duplicates.
    """
    import orjson

    from app import delivery
    from app.errors import DeliveryError
    from app.settings import get_settings

    settings = get_settings()
    target = delivery.find(delivery.load(settings), to)
    path = Path(bundle)
    content = _bundle(path) if path.is_file() else _of_case(bundle, target.fhir_version)
    try:
        receipt = delivery.send(content, target)
    except DeliveryError as error:
        typer.echo(f"case2fhir: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(1) from None
    if json:
        put_out(orjson.dumps(receipt.as_dict(), option=orjson.OPT_INDENT_2), None)
    else:
        for entry in receipt.entries:
            status = entry.status if entry.status is not None else "not sent"
            typer.echo(f"{status} {entry.resource} {entry.location or ''}".rstrip())
            for issue in entry.issues:
                typer.echo(f"    {issue.severity}: {issue.text or issue.code}")
        good = sum(entry.ok for entry in receipt.entries)
        typer.echo(f"{good} of {len(receipt.entries)} entries taken by {target.name}", err=True)
        if receipt.note:
            typer.echo(receipt.note, err=True)
    if not receipt.ok:
        raise typer.Exit(1)


def _of_case(key: str, fhir_version: str) -> dict[str, Any]:
    """The transaction of a kept case."""
    from app.errors import NotFound
    from app.jobs import parse_case
    from app.pipeline import default_converter
    from app.settings import get_settings
    from app.store import Store

    store = Store(get_settings())
    try:
        case = parse_case(store.cases.get(key).json)
    except NotFound:
        raise NotFound("there is no file and no case of this name", place=key) from None
    finally:
        store.close()
    bundle, _ = default_converter().write(
        case, fhir_version=fhir_version, bundle_type="transaction"
    )
    return bundle


def _bundle(path: Path) -> dict[str, Any]:
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
    app.command()(send)
